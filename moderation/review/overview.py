"""How the queues stand and who works at them: what a lead looks at, and what the pages ask for every few seconds."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation.review.roles import may
from moderation.review.tables import Account, Answer, Gold, Task

SOON = timedelta(hours=1)
"""How long before its due time a task is `due soon`."""

RECENTLY = timedelta(minutes=15)
"""Who has answered within this time is at work, also without a task in hand."""


@dataclass(slots=True)
class QueueNow:
    """One queue. `open` are claimable; `due_soon` and `overdue` are of those, as is the `oldest`, by opening time."""

    name: str
    open: int = 0
    claimed: int = 0
    hidden: int = 0
    due_soon: int = 0
    overdue: int = 0
    answered: int = 0
    oldest: datetime | None = None


@dataclass(slots=True)
class Working:
    """Somebody at work: the tasks they hold, and their answers since the time that was asked for."""

    account_id: int
    name: str
    held: list[Task] = field(default_factory=list)
    answered: int = 0
    seconds: float | None = None  # mean per answer
    last_at: datetime | None = None


def queues(
    session: Session,
    *,
    names: Sequence[str] = (),
    answered_since: datetime,
    unfinished: bool = False,
    now: datetime,
) -> list[QueueNow]:
    """Every queue that has work or was worked at, and those of `names`; by name. Tests wait nowhere.

    `unfinished`: what is being answered counts as waiting, so that no number changes when somebody claims an item.
    To who answers items it would not change with a test.
    """
    found: dict[str, QueueNow] = {name: QueueNow(name) for name in names}

    def queue(name: str) -> QueueNow:
        return found.setdefault(name, QueueNow(name))

    # One pass over `ix_tasks_waiting`, which holds all that is asked for.
    waiting = select(
        Task.queue,
        func.count(),
        func.min(Task.opened_at),
        func.count().filter(Task.due_at < now),
        func.count().filter(Task.due_at >= now, Task.due_at < now + SOON),
    ).where(Task.status == "open")
    for name, count, oldest, overdue, soon in session.execute(waiting.group_by(Task.queue)):
        own = queue(name)
        own.open, own.oldest, own.overdue, own.due_soon = count, oldest, overdue, soon
    for task in _tests_open(session):
        _add(queue(task.queue), task, -1, now)
    for status in ("claimed", "hidden"):  # one each: their indexes are partial
        counts = select(Task.queue, func.count()).where(Task.status == status, Task.kind != "gold").group_by(Task.queue)
        for name, count in session.execute(counts):
            setattr(queue(name), status, count)
    if unfinished:
        for task in session.scalars(select(Task).where(Task.status == "claimed", Task.kind != "gold")):
            own = queue(task.queue)
            _add(own, task, 1, now)
            own.oldest = task.opened_at if own.oldest is None else min(own.oldest, task.opened_at)
            own.claimed = 0
    answers = select(Answer.queue, func.count()).where(Answer.answered_at >= answered_since).group_by(Answer.queue)
    for name, count in session.execute(answers):
        queue(name).answered = count
    return [found[name] for name in sorted(found)]


def _tests_open(session: Session) -> Sequence[Task]:
    """Known answers that somebody has given back: few, and found by the gold items, which are few."""
    given_back = select(Task).join(Gold, Gold.review_id == Task.head)
    return session.scalars(given_back.where(Task.kind == "gold", Task.status == "open")).all()


def _add(own: QueueNow, task: Task, count: int, now: datetime) -> None:
    own.open += count
    if task.due_at is not None and task.due_at < now:
        own.overdue += count
    elif task.due_at is not None and task.due_at < now + SOON:
        own.due_soon += count


def working(session: Session, *, answered_since: datetime, now: datetime) -> list[Working]:
    """Who holds a task or has answered lately; whose lease ends first comes first."""
    held: dict[int, list[Task]] = defaultdict(list)
    for task in session.scalars(select(Task).where(Task.status == "claimed").order_by(Task.lease_until)):
        if task.account_id is not None:
            held[task.account_id].append(task)
    answers = (
        select(Answer.account_id, func.count(), func.avg(Answer.seconds), func.max(Answer.answered_at))
        .where(Answer.answered_at >= min(answered_since, now - RECENTLY))
        .group_by(Answer.account_id)
    )
    done = {account: (count, mean, last) for account, count, mean, last in session.execute(answers)}
    lately = {account for account, (_, _, last) in done.items() if last >= now - RECENTLY}
    ids = held.keys() | lately
    accounts = session.execute(select(Account.account_id, Account.name).where(Account.account_id.in_(ids)))
    found = []
    for account, name in accounts:
        count, mean, last = done.get(account, (0, None, None))
        found.append(Working(account, name, held[account], count, None if mean is None else float(mean), last))
    return sorted(found, key=lambda own: (not own.held, own.name.casefold()))


@dataclass(frozen=True, slots=True)
class Line:
    """A part of a queue in the order in which it is worked off. `after` asks for what follows; None at the end."""

    tasks: list[Task]
    after: tuple[float, int] | None


def line(session: Session, queue: str, *, gold: bool, after: tuple[float, int] | None = None, size: int = 50) -> Line:
    """Open tasks of a queue in the order in which `claims` gives them out. `after` is rank and id of the last one seen.

    `gold`: with those whose answer is known, which who answers items must not tell from others.
    """
    wanted = select(Task).where(Task.status == "open", Task.queue == queue)
    if not gold:
        wanted = wanted.where(Task.kind != "gold")
    if after is not None:
        rank, task_id = after
        wanted = wanted.where(Task.rank <= rank, (Task.rank < rank) | (Task.task_id < task_id))
    tasks = list(session.scalars(wanted.order_by(Task.rank.desc(), Task.task_id.desc()).limit(size + 1)))
    last = tasks[size - 1] if len(tasks) > size else None
    return Line(tasks[:size], None if last is None else (last.rank, last.task_id))


def claimed(session: Session, queue: str) -> list[Task]:
    """The tasks of a queue that somebody holds; the lease that ends first comes first."""
    held = select(Task).where(Task.status == "claimed", Task.queue == queue)
    return list(session.scalars(held.order_by(Task.lease_until)))


def people(session: Session) -> list[Account]:
    """Everybody who answers items, or did, by name."""
    accounts = session.scalars(select(Account))
    found = (account for account in accounts if may(account.roles, "item.answer"))
    return sorted(found, key=lambda account: account.name.casefold())


def names(session: Session) -> list[str]:
    """The queues in which something waits or is answered."""
    found: set[str] = set()
    for status in ("open", "claimed"):
        found.update(session.scalars(select(Task.queue).where(Task.status == status).distinct()))
    return sorted(found)
