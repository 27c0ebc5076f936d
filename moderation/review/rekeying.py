"""Puts the keys of all authors under the master key of now, while desks run. What was done stands, so it can be redone.

Content stays as it is: only the keys that it is under are wrapped anew.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.errors import ConfigurationError
from moderation.review import audit
from moderation.review.content import MASTER_KEYS
from moderation.review.database import Database
from moderation.review.tables import AuthorKey
from moderation.review.wrapping import ContentError, MasterKeys

AT_ONCE = 500
"""Keys that one transaction wraps: who is erased meanwhile must not wait long."""


@dataclass(frozen=True, slots=True)
class Rekeyed:
    """How many keys were wrapped anew, how many were under the master key before, and whose no master key opens."""

    wrapped: int = 0
    before: int = 0
    shut: tuple[str, ...] = ()

    def __add__(self, other: "Rekeyed") -> "Rekeyed":
        return Rekeyed(self.wrapped + other.wrapped, self.before + other.before, self.shut + other.shut)


def rekey(database: Database, actor: str, *, now: datetime) -> Rekeyed:
    """Wrap what is under no master key, or an older one, some hundred keys in each transaction.

    Raises `ConfigurationError` where there is no master key to put them under.
    """
    found = Rekeyed()
    after: str | None = ""
    while after is not None:
        part, after = database.transact(partial(_part, after=after, actor=actor, now=now))
        found += part
    return found


def _part(session: Session, after: str, actor: str, now: datetime) -> tuple[Rekeyed, str | None]:
    """Wraps the next keys; with the last of them, None at the end."""
    masters: MasterKeys = session.info[MASTER_KEYS]
    if masters.current is None:
        raise ConfigurationError(
            "there is no master key to put the keys of authors under: set MODERATION_DESK_KEY to the new one, and "
            "MODERATION_DESK_OLD_KEYS to the one of before"
        )
    rows = session.scalars(
        select(AuthorKey)
        .where(AuthorKey.author > after, AuthorKey.key.is_not(None))
        .order_by(AuthorKey.author)
        .limit(AT_ONCE)
        .with_for_update()
    ).all()
    found = Rekeyed()
    for row in rows:
        found += _rewrap(row, masters)
    if found.wrapped:
        told = {"keys": found.wrapped, "under": masters.name}
        audit.note(session, actor, "keys.rewrapped", "database", told, now=now)
    return found, rows[-1].author if len(rows) == AT_ONCE else None


def _rewrap(row: AuthorKey, masters: MasterKeys) -> Rekeyed:
    assert row.key is not None
    if masters.is_current(row.author, row.key):
        return Rekeyed(before=1)
    try:
        row.key = masters.wrapped(row.author, masters.opened(row.author, row.key))
    except ContentError:
        return Rekeyed(shut=(row.author,))
    return Rekeyed(wrapped=1)
