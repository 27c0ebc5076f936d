"""The account of itself: who saw and did what, numbered without holes, each entry chained to the one before.

An entry's hash is over its number, the hash of the entry before, and a digest of what it tells. Whoever changes,
removes or inserts an entry breaks the chain from there on; whoever owns the database could rebuild it whole, which is
why its head can be published (`head`) and compared later (`verify`).
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import event, insert, select
from sqlalchemy.orm import Session, SessionTransaction

from moderation.errors import ConfigurationError
from moderation.review.tables import AuditEntry

BEGINNING = "0" * 64
"""What stands as the hash before the first entry."""

REPORTED = 100
"""How many problems a check names before it stops looking."""

PART = 10_000
"""How many entries one transaction reads of a long check: on SQLite others wait for it, a fifth of a second."""

_WAITING = "moderation.review.audit"
_HEAD = re.compile(r"([0-9a-f]{64})@(\d{1,18})", re.ASCII)
_ROWS_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain: how many entries there are, and the hash of the last. Written `HASH@NUMBER`."""

    number: int
    hash: str

    def __str__(self) -> str:
        return f"{self.hash}@{self.number}"

    @classmethod
    def parse(cls, text: str) -> "Head":
        """Reads what `str` writes; raises `ConfigurationError`."""
        match = _HEAD.fullmatch(text.strip())
        if match is None:
            raise ConfigurationError(
                f"{text!r} is no head of an audit: write HASH@NUMBER, as `moderation audit head` does"
            )
        return cls(int(match[2]), match[1])


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with the chain, and at which entry."""

    number: int
    what: str

    def __str__(self) -> str:
        return f"entry {self.number}: {self.what}"


@dataclass(frozen=True, slots=True)
class _Waiting:
    """An entry until its transaction commits, and the savepoints it was written under."""

    values: dict[str, Any]
    savepoints: tuple[SessionTransaction, ...]


def note(
    session: Session,
    actor: str,
    did: str,
    subject: str,
    details: Mapping[str, Any] | None = None,
    *,
    now: datetime,
) -> None:
    """Enters into the audit, in the session's transaction, that `actor` `did` something to `subject`.

    `actor` is `account:ID`, `token:ID`, `shell:USER` or `moderation`; `did` a noun and a verb such as `item.viewed`.
    `details` are JSON values without content and secrets. The entry gets its number as the last thing before the
    commit: the end of the chain is locked for that long only, and nobody who holds it waits for anything else.
    """
    values = {
        "at": now,
        "actor": _storable(actor),
        "did": did,
        "subject": _storable(subject),
        "details": _storable(dict(details or {})),
    }
    values["digest"] = digest(values)
    session.info.setdefault(_WAITING, []).append(_Waiting(values, _savepoints(session)))


def head(session: Session) -> Head:
    """Where the chain ends: number 0 while it is empty."""
    row = session.execute(
        select(AuditEntry.number, AuditEntry.hash).order_by(AuditEntry.number.desc()).limit(1)
    ).one_or_none()
    return Head(0, BEGINNING) if row is None else Head(row.number, row.hash)


class Check:
    """Walks the chain from its beginning, as far as it is told to, and gathers what is wrong.

    In parts, each in a transaction of its own, a check stops nobody from writing: what was read cannot change.
    """

    def __init__(self, published: Head | None = None) -> None:
        self.end = Head(0, BEGINNING)
        self.problems: list[Problem] = []
        self._begun = False
        self._published = published

    def go_on(self, session: Session, entries: int | None = None) -> bool:
        """Read so many entries more, all where nothing is said. Whether there may be others after them."""
        columns = AuditEntry.__table__.c
        query = select(*columns).order_by(columns.number).limit(entries)
        if self._begun:  # else from the very first: nobody may hide anything before number 1
            query = query.where(columns.number > self.end.number)
        self._begun = True
        rows = session.execute(query.execution_options(yield_per=_ROWS_AT_ONCE))
        read = 0
        for read, row in enumerate(rows, 1):  # noqa: B007
            self._look_at(row._asdict())
            if len(self.problems) >= REPORTED:
                rows.close()
                return False
        return read == entries

    def finish(self) -> list[Problem]:
        """All problems, `REPORTED` at most."""
        published = self._published
        if published is not None and published.number > self.end.number and len(self.problems) < REPORTED:
            self._found(published.number, f"was published, but the audit ends at {self.end.number}")
        return self.problems[:REPORTED]

    def _look_at(self, entry: Mapping[str, Any]) -> None:
        number, before, own, last = entry["number"], entry["before"], entry["hash"], self.end
        if number != last.number + 1:
            self._found(last.number + 1, f"missing: the next one is {number}")
        elif before != last.hash:
            self._found(number, "does not follow from the entry before")
        if entry["digest"] != digest(entry) or own != link(number, before, entry["digest"]):
            self._found(number, "was changed after it was written")
        published = self._published
        if published is not None and number == published.number and own != published.hash:
            self._found(number, f"is not the one that was published: {own} is in its place")
        self.end = Head(number, own)

    def _found(self, number: int, what: str) -> None:
        self.problems.append(Problem(number, what))


def verify(session: Session, published: Head | None = None) -> list[Problem]:
    """What is wrong with the chain, at most `REPORTED` problems; of `published`, whether it still stands in it.

    Reads every entry once, in order, some thousands at a time.
    """
    check = Check(published)
    check.go_on(session)
    return check.finish()


def digest(entry: Mapping[str, Any]) -> str:
    """sha256, hex, over the canonical JSON of what an entry tells.

    Canonical: keys sorted, no spaces, UTF-8, the time as UTC with microseconds, whole numbers without a fraction.
    """
    told = {name: entry[name] for name in ("actor", "did", "subject", "details")}
    told["at"] = entry["at"].astimezone(UTC).isoformat(timespec="microseconds")
    return _sha256(json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False))


def link(number: int, before: str, digest: str) -> str:
    """The hash of an entry, from its number, the hash of the one before and its own digest."""
    return _sha256(f"{number}:{before}:{digest}")


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _storable(value: Any) -> Any:
    """The value as both databases give it back: PostgreSQL keeps no NUL, and numbers without their type."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd").encode(errors="replace").decode()
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, int | float):
        return value
    if isinstance(value, Mapping):
        return {_storable(str(name)): _storable(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        inner = [_storable(one) for one in value]
        return sorted(inner) if isinstance(value, set | frozenset) else inner
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    raise TypeError(f"{type(value).__name__} cannot stand in an audit entry: give JSON values")


def _savepoints(session: Session) -> tuple[SessionTransaction, ...]:
    found = []
    transaction = session.get_nested_transaction()
    while transaction is not None and transaction.nested:
        found.append(transaction)
        transaction = transaction.parent
    return tuple(found)


@event.listens_for(Session, "before_commit")
def _chain(session: Session) -> None:
    if not session.info.get(_WAITING) or session.in_nested_transaction():
        return
    session.flush()  # everything else first: from here on nothing may wait for another's lock
    waiting: list[_Waiting] = session.info.pop(_WAITING)
    rows = [entry.values for entry in waiting]
    if session.get_bind().dialect.name == "postgresql":  # whose trigger makes these three
        rows = [{**row, "number": 0, "before": "", "hash": ""} for row in rows]
    else:  # SQLite's writer is alone from its BEGIN IMMEDIATE on
        end = head(session)
        for row in rows:
            row.update(number=end.number + 1, before=end.hash, hash=link(end.number + 1, end.hash, row["digest"]))
            end = Head(row["number"], row["hash"])
    session.execute(insert(AuditEntry), rows)


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, previous: SessionTransaction) -> None:
    waiting: list[_Waiting] = session.info.get(_WAITING, [])
    kept = [entry for entry in waiting if previous.nested and previous not in entry.savepoints]
    if kept:
        session.info[_WAITING] = kept
    else:
        session.info.pop(_WAITING, None)
