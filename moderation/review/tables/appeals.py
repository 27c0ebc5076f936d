"""Authors who do not agree."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from moderation.review.tables.base import Base


class Appeal(Base):
    """An appeal against a decision. `statement` is the author's, under the author's key.

    `action` and `reasons` are of the decision. `outcome` is upheld (it stands), overturned, or withdrawn (there is no
    such post or decision any more); none while the appeal is open.
    """

    __tablename__ = "appeals"

    appeal_id: Mapped[str] = mapped_column(primary_key=True)
    decision_id: Mapped[str] = mapped_column(unique=True)
    post_id: Mapped[str] = mapped_column(index=True)
    author_id: Mapped[str | None] = mapped_column(index=True)
    review_id: Mapped[str] = mapped_column(ForeignKey("items.review_id"))
    action: Mapped[str]
    reasons: Mapped[list[str]]
    statement: Mapped[bytes | None] = mapped_column(LargeBinary)
    filed_by: Mapped[str]  # the actor, as in the audit
    filed_at: Mapped[datetime]
    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.task_id"))
    against: Mapped[int | None] = mapped_column(ForeignKey("accounts.account_id"))  # who had decided, if a person
    outcome: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    verdict_id: Mapped[str | None]
    answer_id: Mapped[int | None] = mapped_column(ForeignKey("answers.answer_id"))
