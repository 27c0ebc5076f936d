"""Who works on what: a task is claimed for a time by one person, and comes back when the time is over.

On PostgreSQL claimers lock the row they take and pass over those that others are taking (`SKIP LOCKED`); SQLite has one
writer at a time. Either way two people never get one task.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Integer, Select, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session

from moderation.errors import LeaseExpired, LimitReached, NoSuchItem, NotPermitted, NotYours
from moderation.review import audit, lost, priority, queue, viewings
from moderation.review.locks import locked
from moderation.review.quality import exposure
from moderation.review.roles import may
from moderation.review.routing import may_work, reads
from moderation.review.rules import DeskRules
from moderation.review.tables import Account, Task, TaskExclusion

_LONGEST_REASON = 500

SKIPPED = "skipped: "
"""What the reason of an exclusion begins with where the person skipped the task; the rest is in their words."""


def claim(
    session: Session,
    account: Account,
    rules: DeskRules,
    *,
    queues: Collection[str] | None = None,
    harmless: bool = False,
    now: datetime,
) -> Task | None:
    """The most urgent task that the person may have, theirs until the lease ends; None where there is none.

    `queues` narrows where it comes from, `harmless` to what weighs next to nothing. Raises `LimitReached` for who
    holds as many as the rules allow.
    """
    # What is hidden, only `jobs` shows: it knows what may still come to take it back.
    queue.expire(session, rules, now=now)
    beside = _beside(session, account, rules, now)
    narrowed = _Narrowed(harmless, rules.quality.may_adjudicate(account.roles))
    values: dict[str, Any] = {"account": account.account_id}
    heads = [
        head
        for head in _heads(session, account, narrowed, values)
        if (queues is None or head.queue in queues) and may_work(account, rules.queue(head.queue))
    ]
    heads.sort(key=lambda head: -priority.pressing(head.rank, rules.queue(head.queue).half_life, now))
    for head in heads:
        task = _taken(session, head, narrowed, values)
        if task is not None:
            return _claimed(session, task, account, rules, beside, now)
    return None


def take(session: Session, task_id: int, account: Account, rules: DeskRules, *, now: datetime) -> Task:
    """One certain task, theirs until the lease ends; again and longer where they have it already.

    Raises `NoSuchItem`, `AlreadyDone`, `NotYours` where somebody else has it, `NotPermitted`, `LimitReached`.
    """
    task = _found(session, task_id)
    if _is_held(task, now):
        if task.account_id != account.account_id:
            raise NotYours("somebody else is working on this item: claim another")
        return _extended(session, task, account, rules, now)
    if task.status == "claimed":
        queue.give_back(session, task, rules, now=now)
    if task.status == "hidden":
        raise NotPermitted("this item is hidden until a lane has had its time: claim another")
    if task.assigned_to not in (None, account.account_id):
        raise NotYours("this item is assigned to somebody else: claim another")
    if session.get(TaskExclusion, (task_id, account.account_id)) is not None:
        raise NotPermitted("you have answered or skipped this item before: somebody else must look at it")
    if task.kind == "adjudication" and not rules.quality.may_adjudicate(account.roles):
        raise NotPermitted("two people disagree on this item: a lead decides")
    if not may_work(account, rules.queue(task.queue)):
        raise NotPermitted(f"you do not have the skill or the languages of queue '{task.queue}'")
    return _claimed(session, task, account, rules, _beside(session, account, rules, now), now)


def held(session: Session, account: Account, *, now: datetime) -> Sequence[Task]:
    """What the person works on, what they claimed first at the front."""
    return session.scalars(
        select(Task)
        .where(queue.CLAIMED, Task.account_id == account.account_id, Task.lease_until > now)
        .order_by(Task.claimed_at, Task.task_id)
    ).all()


def extend(session: Session, task_id: int, account: Account, rules: DeskRules, *, now: datetime) -> Task:
    """A new lease, from now. Raises as `own`."""
    return _extended(session, own(session, task_id, account, now=now), account, rules, now)


def begin(task: Task, rules: DeskRules, *, now: datetime) -> None:
    """Who holds the task has it in front of them now: it may have been claimed ahead, so lease and time begin anew."""
    task.claimed_at, task.lease_until = now, now + rules.claims.lease


def release(session: Session, task_id: int, account: Account, *, now: datetime) -> Task:
    """Give a task back, for anybody. Raises as `own`."""
    task = own(session, task_id, account, now=now)
    seen = viewings.has_begun(session, account, task)
    audit.note(session, _actor(account), "task.released", f"task:{task_id}", {"seen": seen}, now=now)
    return _free(task)


def skip(session: Session, task_id: int, account: Account, why: str, *, now: datetime) -> Task:
    """Give a task back, for anybody else. Raises as `own`."""
    task = own(session, task_id, account, now=now)
    why = why.replace("\0", "").strip()[:_LONGEST_REASON] or "no reason was given"
    if session.get(TaskExclusion, (task_id, account.account_id)) is None:
        session.add(TaskExclusion(task_id=task_id, account_id=account.account_id, why=f"{SKIPPED}{why}"))
    if task.assigned_to == account.account_id and task.kind != "gold":
        task.assigned_to = None
    audit.note(session, _actor(account), "task.skipped", f"task:{task_id}", now=now)  # why may quote
    _free(task)
    if task.kind == "gold":  # it was made for this person
        task.status = "closed"
    return task


def reassign(
    session: Session,
    task_id: int,
    to: Account | None,
    rules: DeskRules,
    *,
    by: Account,
    although_skipped: bool = False,
    although_claimed: bool = False,
    now: datetime,
) -> Task:
    """Give a task to one person, or to anybody again; with `although_claimed` also where somebody else works on it.

    What these have seen of it counts. Raises `NoSuchItem`, `AlreadyDone`, `NotYours` where somebody else works on it,
    and `NotPermitted` where the person must not have it, has skipped it (with `although_skipped` that is no reason),
    or it is one on a known answer: that was made for one person, and whoever gave that answer would meet it.
    """
    task = _found(session, task_id)
    if task.kind == "gold":
        raise NotPermitted(f"{task.head} is a test that was made for one person: nobody else can have it")
    if not although_claimed and task.account_id != by.account_id and _is_held(task, now):
        raise NotYours(f"somebody else is working on {task.head} by now: take it from them in its queue")
    if to is not None:
        if not to.active:
            raise NotPermitted(f"{to.name} does not work here any more: choose somebody else")
        lack = lacks(task, to, rules)
        if lack is not None:
            raise NotPermitted(f"{to.name} does not have {lack}: choose somebody else")
        kept = session.get(TaskExclusion, (task_id, to.account_id))
        if kept is not None and not (although_skipped and kept.why.startswith(SKIPPED)):
            raise NotPermitted(f"{to.name} has answered or skipped this item before: choose somebody else")
        if kept is not None:
            session.delete(kept)
    task.assigned_to = None if to is None else to.account_id
    details = {
        "to": None if to is None else _actor(to),
        "from": task.account_id and f"account:{task.account_id}",
        "seen": exposure.count_unanswered(session, task, rules, now=now),
    }
    audit.note(session, _actor(by), "task.reassigned", f"task:{task_id}", details, now=now)
    return task if task.status == "hidden" else _free(task)


def lacks(task: Task, account: Account, rules: DeskRules) -> str | None:
    """What somebody would need to be given a task; None where nothing is missing."""
    languages = reads(account)
    if not may(account.roles, "item.answer"):
        return "a role that answers items"
    if not may_work(account, rules.queue(task.queue)):
        return f"the skill or the languages of queue '{task.queue}'"
    if languages is not None and task.language not in (None, *languages):
        return f"the language of the post, '{task.language}'"
    if task.kind == "adjudication" and not rules.quality.may_adjudicate(account.roles):
        return "a role that decides where two disagree"
    return None


def own(session: Session, task_id: int, account: Account, *, now: datetime) -> Task:
    """A task that the person holds, locked.

    Raises `NoSuchItem`, `AlreadyDone`, `NotYours`, `NotHeld`, `LeaseExpired`.
    """
    task = _there(session, task_id)
    if task.status != "claimed":
        raise lost.why(session, task, account)
    if task.account_id != account.account_id:
        raise NotYours("somebody else is working on this item: go on with the next")
    if task.lease_until is None or task.lease_until <= now:
        raise LeaseExpired("the time for this item ran out: claim it again")
    return task


def _is_held(task: Task, now: datetime) -> bool:
    return task.status == "claimed" and task.lease_until is not None and task.lease_until > now


def _found(session: Session, task_id: int) -> Task:
    task = _there(session, task_id)
    if task.status in ("done", "closed"):
        raise lost.ended(session, task)
    return task


def _there(session: Session, task_id: int) -> Task:
    task = locked(session, task_id)
    if task is None:
        raise NoSuchItem("there is no such task")
    return task


class _Narrowed(NamedTuple):
    """What else a task must be."""

    harmless: bool
    adjudicates: bool


class _Head(NamedTuple):
    """The most urgent task of a queue in one language."""

    rank: float
    queue: str
    language: str


_ANY, _UNKNOWN = "*", ""
"""Beside the languages themselves: whichever it is, and one that nobody knows."""


def _heads(
    session: Session, account: Account, narrowed: _Narrowed, values: dict[str, Any]
) -> list[_Head]:  # fmt: skip
    """The front of each queue, for each language that the person reads; in one query."""
    spoken = reads(account)
    languages = [_ANY] if spoken is None else [*spoken, _UNKNOWN]
    named = {f"language_{place}": language for place, language in enumerate(languages)}
    statement = _fronts(tuple(map(_kind, languages)), narrowed)
    return [
        _Head(rank, name, language)
        for name, *ranks in session.execute(statement, values | named)
        for language, rank in zip(languages, ranks, strict=True)
        if rank is not None
    ]


def _taken(session: Session, head: _Head, narrowed: _Narrowed, values: dict[str, Any]) -> Task | None:
    """The most urgent of a front that nobody else is taking, locked."""
    statement = _first(_kind(head.language), narrowed)
    return session.scalar(statement, values | {"queue": head.queue, "language": head.language})


def _kind(language: str) -> str:
    return language if language in (_ANY, _UNKNOWN) else "one"


# Statements are made once: to make one costs as much as to run it.
@cache
def _fronts(kinds: tuple[str, ...], narrowed: _Narrowed) -> Select[Any]:
    """Every queue in which something is open, and the highest rank of each kind of language.

    Each name is one step down an index, and so is each rank, however much waits there.
    """
    start = select(func.min(Task.queue).label("name")).where(queue.OPEN).cte("names", recursive=True)
    step = select(func.min(Task.queue)).where(queue.OPEN, Task.queue > start.c.name).scalar_subquery()
    names = start.union_all(select(step).where(start.c.name.is_not(None)))
    fronts = [
        _front(kind, f"language_{place}", narrowed)
        .with_only_columns(Task.rank)
        .where(Task.queue == names.c.name)
        .correlate(names)
        .scalar_subquery()
        for place, kind in enumerate(kinds)
    ]
    return select(names.c.name, *fronts).where(names.c.name.is_not(None))


@cache
def _first(kind: str, narrowed: _Narrowed) -> Select[Task]:
    return (
        _front(kind, "language", narrowed)
        .where(Task.queue == bindparam("queue"))
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )


def _front(kind: str, language: str, narrowed: _Narrowed) -> Select[Task]:
    """The most urgent task that the person may have."""
    me: BindParameter[int] = bindparam("account", type_=Integer)
    excluded = exists().where(TaskExclusion.task_id == Task.task_id, TaskExclusion.account_id == me)
    may = [queue.OPEN, or_(Task.assigned_to.is_(None), Task.assigned_to == me), ~excluded]
    if kind == _UNKNOWN:
        may.append(Task.language.is_(None))
    elif kind != _ANY:
        may.append(Task.language == bindparam(language))
    if narrowed.harmless:
        may.append(queue.HARMLESS)
    if not narrowed.adjudicates:
        may.append(Task.kind != "adjudication")
    return select(Task).where(*may).order_by(Task.rank.desc(), Task.task_id.desc()).limit(1)


def _beside(session: Session, account: Account, rules: DeskRules, now: datetime) -> int:
    """How many others the person holds: with one, a claim is ahead of its turn. Raises `LimitReached`."""
    count = len(held(session, account, now=now))
    if count >= rules.claims.held:
        raise LimitReached(f"you hold {rules.claims.held} items: answer, skip or release one first")
    return count


def _claimed(
    session: Session, task: Task, account: Account, rules: DeskRules, beside: int, now: datetime
) -> Task:  # fmt: skip
    details = {"review_id": task.head, "beside": beside}
    audit.note(session, _actor(account), "task.claimed", f"task:{task.task_id}", details, now=now)
    return _lease(session, task, account, rules, now)


def _extended(session: Session, task: Task, account: Account, rules: DeskRules, now: datetime) -> Task:
    audit.note(session, _actor(account), "task.extended", f"task:{task.task_id}", now=now)
    return _lease(session, task, account, rules, now)


def _lease(session: Session, task: Task, account: Account, rules: DeskRules, now: datetime) -> Task:
    if task.status != "claimed" or task.account_id != account.account_id:
        task.claimed_at = now
    task.status, task.account_id, task.lease_until = "claimed", account.account_id, now + rules.claims.lease
    session.flush()
    return task


def _free(task: Task) -> Task:
    task.status, task.account_id, task.claimed_at, task.lease_until = "open", None, None, None
    return task


def _actor(account: Account) -> str:
    return f"account:{account.account_id}"
