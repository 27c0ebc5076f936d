"""How much harm a person has met lately, and how much they may still meet.

A task weighs the severity of its harm times a weight for its heaviest kind of media (`exposure` in the desk's rules).
The windows slide: what was seen more than an hour, or 24 hours, ago does not count.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from moderation.review import viewings
from moderation.review.quality.rules import Exposure as Limits
from moderation.review.rules import DeskRules
from moderation.review.tables import Account, Exposure, Item, Task

HOUR, DAY = timedelta(hours=1), timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Window:
    """What was met within a time, of how much; `limit` None: no limit. `free_at`: when there is room again."""

    within: timedelta
    met: float
    limit: float | None
    free_at: datetime | None = None

    @property
    def is_full(self) -> bool:
        """Whether nothing harmful fits any more."""
        return self.limit is not None and self.met >= self.limit

    @property
    def left(self) -> float | None:
        """What still fits; None without a limit."""
        return None if self.limit is None else max(0.0, self.limit - self.met)


@dataclass(frozen=True, slots=True)
class Allowance:
    """A person's budget now. `until` says when harmful items may come again, None where they may come now."""

    hour: Window
    day: Window

    @property
    def until(self) -> datetime | None:
        """The later of the windows that are full."""
        return max((own.free_at for own in (self.hour, self.day) if own.free_at is not None), default=None)


def count(
    session: Session, account: Account, seen: Task | Item, rules: DeskRules, *, task: Task | None = None, now: datetime
) -> None:
    """What somebody has seen counts, by answering a `task` or by reading; of one item once within an hour."""
    review_id = seen.head if isinstance(seen, Task) else seen.review_id
    if not is_counted(session, account, review_id, now):
        weight = rules.exposure.weight(seen.severity, seen.modality)
        task_id = None if task is None else task.task_id
        session.add(
            Exposure(account_id=account.account_id, task_id=task_id, review_id=review_id, weight=weight, at=now)
        )


def count_unanswered(session: Session, task: Task, rules: DeskRules, *, now: datetime) -> bool:
    """What has been seen of a task counts, too, when it leaves its holder without an answer. Whether any was seen."""
    account = None if task.account_id is None else session.get(Account, task.account_id)
    if account is None or not viewings.has_begun(session, account, task):
        return False
    count(session, account, task, rules, task=task, now=now)
    return True


def is_counted(session: Session, account: Account, review_id: str, now: datetime) -> bool:
    """Whether somebody has met an item within the last hour."""
    lately = (Exposure.account_id == account.account_id, Exposure.at > now - HOUR)
    return bool(session.scalar(select(exists().where(*lately, Exposure.review_id == review_id))))


@dataclass(frozen=True, slots=True)
class Met:
    """What one person has met within 24 hours; `read` is the part of it that they have read without answering."""

    account_id: int
    allowance: Allowance
    read: float


def everybody(session: Session, rules: DeskRules, now: datetime) -> list[Met]:
    """Everybody who has met something within 24 hours, who met the most at the front."""
    read = func.sum(Exposure.weight).filter(Exposure.task_id.is_(None))
    rows = session.execute(
        select(Exposure.account_id, read).where(Exposure.at > now - DAY).group_by(Exposure.account_id)
    ).all()
    found = [
        Met(account_id, allowance(session, session.get_one(Account, account_id), rules, now), weight or 0.0)
        for account_id, weight in rows
    ]
    return sorted(found, key=lambda own: (-own.allowance.day.met, own.account_id))


def allowance(session: Session, account: Account, rules: DeskRules, now: datetime) -> Allowance:
    """What the person has met within the hour and the day, and what they may still meet."""
    limits: Limits = rules.exposure
    return Allowance(
        _window(session, account, HOUR, limits.per_hour, now), _window(session, account, DAY, limits.per_day, now)
    )


def _window(session: Session, account: Account, within: timedelta, limit: float | None, now: datetime) -> Window:
    rows = session.execute(
        select(Exposure.at, Exposure.weight)
        .where(Exposure.account_id == account.account_id, Exposure.at > now - within, Exposure.at <= now)
        .order_by(Exposure.at)
    ).all()
    met = [(row.at, row.weight) for row in rows]
    free_at = None if limit is None else room_again(met, limit, within)
    return Window(within, math.fsum(weight for _, weight in met), limit, free_at)


def room_again(met: Sequence[tuple[datetime, float]], limit: float, within: timedelta) -> datetime | None:
    """When less than `limit` is left of what was met, the oldest first; None where that is so already."""
    weights = [weight for _, weight in met]
    gone = next(gone for gone in range(len(met) + 1) if math.fsum(weights[gone:]) < limit)
    return None if gone == 0 else met[gone - 1][0] + within
