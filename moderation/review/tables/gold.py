"""Items whose right answer is known: they show how well people and instructions work."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from moderation.review.tables.base import Base


class Gold(Base):
    """A known answer. The item itself is a row of `items` with status gold, of which Kafka never hears.

    It is a copy of `copied_from`, or was imported. `explanation` is shown to who answered otherwise.
    """

    __tablename__ = "gold"

    review_id: Mapped[str] = mapped_column(ForeignKey("items.review_id"), primary_key=True)
    copied_from: Mapped[str | None] = mapped_column(unique=True)
    action: Mapped[str]
    reasons: Mapped[list[str]]
    explanation: Mapped[str | None]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.account_id"))
    made_at: Mapped[datetime]
    active: Mapped[bool] = mapped_column(default=True)
