"""Entries of the audit by who, what, about what and when, the newest first."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation.review.tables import AuditEntry

PAGE = 50
KINDS = ("account", "appeal", "author", "dead-letter", "item", "task", "token")
"""Of what entries are about; their subject is a kind and an id."""


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """What to look for; None: anything. `did` may end early: `item` finds `item.viewed`, too.

    `subject` is as the audit has it, `item:ID`, or the id alone: then of any of `KINDS`.
    """

    actor: str | None = None
    did: str | None = None
    subject: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Entries:
    """Some entries; `before` asks for older ones, None at the end."""

    rows: list[AuditEntry]
    before: int | None


def entries(session: Session, query: AuditQuery, before: int | None = None, size: int = PAGE) -> Entries:
    """The newest entries that fit, of those before a number."""
    wanted = select(AuditEntry).order_by(AuditEntry.number.desc()).limit(size + 1)
    if before is not None:
        wanted = wanted.where(AuditEntry.number < before)
    if query.actor is not None:
        wanted = wanted.where(AuditEntry.actor == query.actor)
    if query.did is not None:
        wanted = wanted.where(func.substr(AuditEntry.did, 1, len(query.did)) == query.did)
    if query.subject is not None:
        names = (query.subject, *(f"{kind}:{query.subject}" for kind in KINDS))
        wanted = wanted.where(AuditEntry.subject.in_(names))
    if query.since is not None:
        wanted = wanted.where(AuditEntry.at >= query.since)
    if query.until is not None:
        wanted = wanted.where(AuditEntry.at < query.until)
    rows = list(session.scalars(wanted))
    return Entries(rows[:size], rows[size - 1].number if len(rows) > size else None)
