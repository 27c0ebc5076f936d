"""What waits stands in the order of the rules that count: when these change it is ranked anew, some tasks at a time.

The audit tells which rules counted since when, and, to whoever goes on after a crash, whether all is ranked by them.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime
from itertools import takewhile

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.review import audit, queue
from moderation.review.rules import DeskRules
from moderation.review.tables import AuditEntry

_SUBJECT = "rules"
_AT_ONCE = 50  # tasks: others wait for them for some tens of milliseconds
_LOOKED_AT = 1000


class Ranking:
    """Ranks what waits. For one desk of a database at a time: make it anew when it is this one's turn."""

    def __init__(self, rules: Callable[[], DeskRules]) -> None:
        self._rules = rules
        self._taken_up: DeskRules | None = None
        self._after: int | None = None

    @property
    def is_done(self) -> bool:
        """Whether everything is ranked by the rules that count."""
        return self._after is None and self._rules() == self._taken_up

    def go_on(self, session: Session, now: datetime) -> int:
        """Rank some tasks, where the rules have changed. 0 when there is nothing left to do."""
        rules = self._rules()
        if rules != self._taken_up:
            self._after = 0 if _take_up(session, rules, now) else None
            self._taken_up = rules
        if self._after is None:
            return 0
        self._after = queue.rerank(session, rules, after=self._after, limit=_AT_ONCE)
        if self._after is None:
            audit.note(session, "moderation", "rules.ranked", _SUBJECT, {"order": order_of(rules)}, now=now)
        return 1


def digest_of(rules: DeskRules) -> str:
    """What they say, however the file is written."""
    return hashlib.sha256(rules.model_dump_json().encode()).hexdigest()


def order_of(rules: DeskRules) -> str:
    """The part of them that tasks are ranked by."""
    lives = {name: queue.half_life.total_seconds() for name, queue in sorted(rules.queues.items())}
    told = f"{rules.priority.model_dump_json()} {lives} {rules.exposure.benign_below}"
    return hashlib.sha256(told.encode()).hexdigest()


def _take_up(session: Session, rules: DeskRules, now: datetime) -> bool:
    """Enter the rules into the audit where others counted before. Whether what waits is to be ranked by them."""
    ranked, counted, unfinished = _told(session)
    anew = unfinished or ranked != order_of(rules)
    if counted != digest_of(rules):
        details = {"hash": digest_of(rules), "ranks": anew}
        audit.note(session, "moderation", "rules.changed", _SUBJECT, details, now=now)
    return anew


def _told(session: Session) -> tuple[str | None, str | None, bool]:
    """By what all was ranked last, which rules counted last, and whether others were to rank since."""
    entries = session.scalars(
        select(AuditEntry).where(AuditEntry.subject == _SUBJECT).order_by(AuditEntry.number.desc()).limit(_LOOKED_AT)
    ).all()
    ranked = next((entry.details["order"] for entry in entries if entry.did == "rules.ranked"), None)
    counted = next((entry.details["hash"] for entry in entries if entry.did == "rules.changed"), None)
    since = takewhile(lambda entry: entry.did != "rules.ranked", entries)
    return ranked, counted, any(entry.details["ranks"] for entry in since)
