"""Decisions that restrict somebody, or that stand beside a review item: history, notices and reports need them."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from moderation.review.tables.base import LONG, Base


class DecisionRow(Base):
    """A decision as it stands on Kafka, without content. `record` is the `Decision` as JSON values.

    `at` is when it was written to Kafka, `partition` where: its post came from the same. `current` says that no later
    one of its post is known.
    """

    __tablename__ = "decisions"

    decision_id: Mapped[str] = mapped_column(primary_key=True)
    post_id: Mapped[str] = mapped_column(index=True)
    author_id: Mapped[str | None]
    revision: Mapped[int] = mapped_column(LONG)
    stage: Mapped[str]
    action: Mapped[str]
    reasons: Mapped[list[str]]
    policy_hash: Mapped[str | None]
    verdict_id: Mapped[str | None]
    partition: Mapped[int]
    at: Mapped[datetime]
    current: Mapped[bool]
    record: Mapped[dict[str, Any]]

    __table_args__ = (Index(None, "author_id", "at"), Index(None, "at", "decision_id"))
