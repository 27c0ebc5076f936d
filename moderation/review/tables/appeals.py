"""Authors who do not agree."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from moderation.review.tables.base import Base


class Appeal(Base):
    """An appeal against a decision. `statement` is the author's, under the author's key.

    `outcome` is upheld (the decision stands), overturned, or none while it is open.
    """

    __tablename__ = "appeals"

    appeal_id: Mapped[str] = mapped_column(primary_key=True)
    decision_id: Mapped[str] = mapped_column(unique=True)
    post_id: Mapped[str] = mapped_column(index=True)
    author_id: Mapped[str | None] = mapped_column(index=True)
    statement: Mapped[bytes | None] = mapped_column(LargeBinary)
    filed_at: Mapped[datetime]
    task_id: Mapped[int | None] = mapped_column(ForeignKey("tasks.task_id"))
    against: Mapped[int | None] = mapped_column(ForeignKey("accounts.account_id"))  # who had decided, if a person
    outcome: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    verdict_id: Mapped[str | None]
