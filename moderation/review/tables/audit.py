"""Who saw and did what, each entry chained to the one before by its hash."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from moderation.review.tables.base import Base


class AuditEntry(Base):
    """An entry; never changed and never removed. `number` counts from 1 without holes."""

    __tablename__ = "audit"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str]  # `account:ID`, `token:ID`, `shell:USER` or `moderation`
    did: Mapped[str]  # such as `item.viewed`, `task.answered`, `account.changed`
    subject: Mapped[str] = mapped_column(index=True)
    details: Mapped[dict[str, Any]]  # no content and no secrets
    digest: Mapped[str]  # of all the above but the number
    before: Mapped[str]  # the hash of the entry before
    hash: Mapped[str] = mapped_column(unique=True)  # of number, before and digest
