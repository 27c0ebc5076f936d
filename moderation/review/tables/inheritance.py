"""Verdicts that later near-duplicates inherit for a time."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from moderation.review.tables.base import Base


class Inheritance(Base):
    """What was answered on a fingerprint, until `ends_at`. Bands as in `Fingerprint`."""

    __tablename__ = "inheritances"

    answer_id: Mapped[int] = mapped_column(ForeignKey("answers.answer_id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    band: Mapped[str]
    digest: Mapped[str]
    ends_at: Mapped[datetime]

    __table_args__ = (Index(None, "kind", "place", "band"),)
