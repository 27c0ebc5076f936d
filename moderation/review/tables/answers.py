"""What people said, and what they had to see for it."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from moderation.review.tables.base import Base


class Answer(Base):
    """One person's answer to one task. Only an answer that counts has a `verdict_id`: of its item's verdict.

    `probability` is how likely the item was to be answered at all: what weighs it when rates are estimated.
    """

    __tablename__ = "answers"

    answer_id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.task_id"), index=True)
    review_id: Mapped[str] = mapped_column(ForeignKey("items.review_id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.account_id"))
    kind: Mapped[str]  # of the task
    queue: Mapped[str]
    action: Mapped[str]
    reasons: Mapped[list[str]]
    note: Mapped[str | None]
    seconds: Mapped[float]  # from the claim to the answer
    probability: Mapped[float] = mapped_column(default=1.0)
    answered_at: Mapped[datetime]
    verdict_id: Mapped[str | None] = mapped_column(unique=True)

    __table_args__ = (
        Index(None, "account_id", "answered_at"),
        Index(None, "answered_at", "answer_id"),
        Index(None, "queue", "answered_at", "answer_id"),
    )


class Viewing(Base):
    """Somebody opened an item, or made its media visible."""

    __tablename__ = "viewings"

    viewing_id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.account_id"))
    review_id: Mapped[str]
    what: Mapped[str]  # item, `item: task ID` of who answers it, or what was shown of which media: `picture: 1`
    at: Mapped[datetime]

    __table_args__ = (Index(None, "account_id", "at"),)


class Exposure(Base):
    """What harm a person has met, by answering a task or by reading an item: severity times the weight of its modality.

    A reading has no task; `review_id` is what was seen.
    """

    __tablename__ = "exposures"

    exposure_id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.account_id"))
    task_id: Mapped[int | None] = mapped_column(ForeignKey("tasks.task_id"))
    review_id: Mapped[str | None]
    weight: Mapped[float]
    at: Mapped[datetime]

    __table_args__ = (Index(None, "account_id", "at"),)
