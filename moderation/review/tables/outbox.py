"""What must reach Kafka: written in the transaction that decided it, sent afterwards, in order, until it is there."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from moderation.review.tables.base import Base


class Outgoing(Base):
    """An event for a topic. Sent again after a crash, it is the same event: its id is inside."""

    __tablename__ = "outbox"

    number: Mapped[int] = mapped_column(primary_key=True)
    topic: Mapped[str]
    key: Mapped[str]
    partition: Mapped[int | None]
    value: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_outbox_waiting", "number", postgresql_where=text("sent_at IS NULL"),
              sqlite_where=text("sent_at IS NULL")),
    )  # fmt: skip
