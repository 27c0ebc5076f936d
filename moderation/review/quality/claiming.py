"""What a reviewer gets next, with everything that quality and care for people ask for.

Pages call this instead of `claims`: `claim`, `take`, `release` and `skip`.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from moderation.errors import LimitReached, NotPermitted
from moderation.review import appeals, audit, claims, content, viewings
from moderation.review.quality import exposure, gold_tasks
from moderation.review.quality.drawing import next_kind
from moderation.review.quality.exposure import allowance
from moderation.review.rules import DeskRules
from moderation.review.tables import Account, Item, Task

_LATELY = timedelta(hours=12)  # a shift: so long one can go on with what one had in front of oneself


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing but harmful items wait, and the person has met as much as the rules allow. `until`: room again."""

    until: datetime
    message: str


def next_task(
    session: Session,
    account: Account,
    rules: DeskRules,
    *,
    queues: Collection[str] | None = None,
    now: datetime,
) -> Task | Pause | None:  # fmt: skip
    """The person's next task, claimed; a pause where their budget is spent; None where nothing waits for them.

    Raises `LimitReached` for who holds as many tasks as the rules allow.
    """
    kind = next_kind(session, account, rules, now)
    task = None
    if kind == "gold":
        task = gold_tasks.claim(session, account, rules, queues=queues, now=now)
    if task is None and kind in ("harmless", "only harmless"):
        task = _claim(session, account, rules, queues, True, now)
    if task is None and kind != "only harmless":
        task = _claim(session, account, rules, queues, False, now)
    if task is None and kind == "only harmless":
        return _pause(session, account, rules, now)
    return task


def take(
    session: Session, task_id: int, account: Account, rules: DeskRules, *, picks: bool, now: datetime
) -> Task:  # fmt: skip
    """A certain task, claimed; `picks`: any, not only one that is the person's already.

    Raises as `claims.take`, and `LimitReached` for a harmful one that has no room left, unless it was met within the
    hour anyway: it may have filled the room itself, until its time ran out.
    """
    task = session.get(Task, task_id)
    if task is not None and not picks and not is_theirs(session, task, account, now=now):
        raise NotPermitted(
            "the queue gives out its items, the most urgent first: take the next. Leads can take a certain one, or "
            "give it to you"
        )
    has_it = task_id in {task.task_id for task in claims.held(session, account, now=now)}
    task = claims.take(session, task_id, account, rules, now=now)
    until = allowance(session, account, rules, now).until
    harmful = task.severity >= rules.exposure.benign_below
    if until is not None and not has_it and harmful and not exposure.is_counted(session, account, task.head, now):
        raise LimitReached(f"you have looked at a lot of hard things: there is room for this one at {until:%H:%M} UTC")
    return task


def release(session: Session, task_id: int, account: Account, rules: DeskRules, *, now: datetime) -> Task:
    """Give a task back; what was seen of it counts, as with an answer. Raises as `claims.own`."""
    _seen(session, task_id, account, rules, now)
    return claims.release(session, task_id, account, now=now)


def skip(session: Session, task_id: int, account: Account, why: str, rules: DeskRules, *, now: datetime) -> Task:
    """Leave a task to others; what was seen of it counts, as with an answer. Raises as `claims.own`."""
    _seen(session, task_id, account, rules, now)
    return claims.skip(session, task_id, account, why, now=now)


def _seen(session: Session, task_id: int, account: Account, rules: DeskRules, now: datetime) -> None:
    task = claims.own(session, task_id, account, now=now)
    exposure.count_unanswered(session, task, rules, now=now)


def is_theirs(session: Session, task: Task, account: Account, *, now: datetime) -> bool:
    """Whether a person may take a task again: it is kept for them, or was theirs until their time ran out."""
    me = account.account_id
    return me in (task.account_id, task.assigned_to) or viewings.worked_on(session, account, task, since=now - _LATELY)


def _claim(
    session: Session, account: Account, rules: DeskRules, queues: Collection[str] | None, harmless: bool, now: datetime
) -> Task | None:
    """The next one in line that still has something to show."""
    while True:
        task = claims.claim(session, account, rules, queues=queues, harmless=harmless, now=now)
        if task is None or _is_there(session, task):
            return task
        why = {"why": "nothing is left to look at"}
        audit.note(session, "moderation", "task.closed", f"task:{task.task_id}", why, now=now)
        task.status, task.account_id, task.lease_until = "closed", None, None
        appeals.withdraw(session, task, now=now)
        session.flush()


def _is_there(session: Session, task: Task) -> bool:
    """Whether its content can be shown, and it is not about a post that was taken back since the first answer."""
    head = session.get_one(Item, task.head)
    taken_back = task.kind in ("second", "adjudication") and head.status == "closed"
    return not taken_back and content.unseal(session, head) is not None


def _pause(session: Session, account: Account, rules: DeskRules, now: datetime) -> Pause:
    until = allowance(session, account, rules, now).until or now
    return Pause(
        until,
        "You have looked at a lot of hard things. Nothing harmless is waiting, so take a break: "
        f"there is room for more at {until:%H:%M} UTC. What you have done today counts.",
    )
