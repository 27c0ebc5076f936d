"""What waits: items make tasks, clusters of near-duplicates one task; hidden ones show when their time has come."""

from datetime import datetime

from sqlalchemy import ColumnClause, exists, func, literal_column, select
from sqlalchemy.orm import Session

from moderation.events import ReviewItem
from moderation.review import answering, audit, clusters, content
from moderation.review.locks import alone, locked
from moderation.review.quality import exposure
from moderation.review.rules import DeskRules
from moderation.review.tables import Item, Task
from moderation.review.tasks import made_on, rank, stand_for, weigh

_AT_ONCE = 200  # rows that one transaction brings back or shows: claims must not wait for more

# What an index over some rows is for must stand in the query as it stands in the index, not as a parameter.
OPEN, CLAIMED, HIDDEN = (Task.status == literal_column(f"'{status}'") for status in ("open", "claimed", "hidden"))
HARMLESS: ColumnClause[bool] = literal_column("tasks.harmless")


def place(session: Session, row: Item, item: ReviewItem, rules: DeskRules, *, now: datetime) -> None:
    """Put an open item in line: where it is, with its near-duplicates, answered as they were, or by itself."""
    own = locked(session, row.task_id)
    if own is not None and own.status != "hidden":
        clusters.renew(session, row.review_id, clusters.of_item(item, rules.duplicates))
        count(session, own, rules)
        return
    likeness = clusters.of_item(item, rules.duplicates)
    if likeness is not None:
        task = clusters.task_for(session, row, likeness, rules.duplicates)
        answer = None if task else clusters.answer_for(session, row, likeness, rules.duplicates, now=now)
        if answer is not None:
            leave(session, row, rules)
            answering.inherit(session, row, answer, item.source.topic, now=now)
            return
        clusters.remember(session, row.review_id, likeness)
        if task is not None:
            leave(session, row, rules)
            join(session, task, row, rules)
            return
    if own is None:
        open_task(session, row, rules)
    else:
        own.status, own.visible_from = "open", None
        count(session, own, rules)


def open_task(session: Session, row: Item, rules: DeskRules, *, hidden: bool = False) -> Task:
    """A task of the item's own."""
    task = own_task(row, rules, hidden=hidden)
    session.add(task)
    session.flush()
    row.task_id = task.task_id
    return task


def own_task(row: Item, rules: DeskRules, *, hidden: bool = False) -> Task:
    """The same, in no session yet."""
    return made_on(
        row,
        "review",
        rules,
        opened_at=row.opened_at or row.received_at,
        due_at=row.due_at,
        status="hidden" if hidden else "open",
        visible_from=row.visible_from if hidden else None,
    )


def hide(session: Session, row: Item, rules: DeskRules) -> None:
    """The item shows only from its `visible_from` on."""
    own = locked(session, row.task_id)
    if own is not None and own.status == "hidden":
        own.visible_from = row.visible_from
        count(session, own, rules)
    else:
        leave(session, row, rules)
        open_task(session, row, rules, hidden=True)


def move(session: Session, row: Item, rules: DeskRules) -> None:
    """The item asks something else than before, or in another queue: it leaves its cluster.

    Whoever works on it alone goes on.
    """
    own = locked(session, row.task_id)
    if own is not None and own.status == "claimed" and own.size == 1:
        own.queue = row.queue
    else:
        leave(session, row, rules)


def join(session: Session, task: Task, row: Item, rules: DeskRules) -> None:
    """The item becomes one of a cluster. The most urgent stands for all, the oldest says how long they wait."""
    head = session.get_one(Item, task.head)
    row.task_id = task.task_id
    task.size += 1
    task.opened_at = min(task.opened_at, row.opened_at or row.received_at)
    task.due_at = min((due for due in (task.due_at, row.due_at) if due is not None), default=None)
    if _precedence(row) < _precedence(head):
        stand_for(task, row, rules)
        head = row
    rank(task, head.terms, rules)
    session.flush()


def leave(session: Session, row: Item, rules: DeskRules) -> None:
    """The item waits no longer in its task; a task without items is closed."""
    task = locked(session, row.task_id)
    row.task_id = None
    session.flush()
    if task is not None:
        count(session, task, rules)


def count(session: Session, task: Task, rules: DeskRules) -> None:
    """Set a task by the items that wait for it now."""
    waiting = (Item.task_id == task.task_id, Item.status == "open")
    size, opened_at, due_at = session.execute(
        select(func.count(), func.min(Item.opened_at), func.min(Item.due_at)).where(*waiting)
    ).one()
    if task.status not in ("open", "claimed", "hidden"):
        return
    if size == 0:
        task.status, task.size, task.lease_until = "closed", 0, None
        return
    head = session.scalars(
        select(Item).where(*waiting).order_by(Item.weight.desc(), Item.posted_at, Item.review_id).limit(1)
    ).one()
    task.size, task.due_at = size, due_at
    task.opened_at = opened_at or head.received_at
    stand_for(task, head, rules)
    rank(task, head.terms, rules)
    session.flush()


def reveal(session: Session, rules: DeskRules, *, now: datetime) -> int:
    """Show the items whose time has come. How many there were. To be called before any row is locked."""
    due = (HIDDEN, Task.visible_from <= now)
    if not session.scalar(select(exists().where(*due))):
        return 0
    alone(session)
    tasks = session.scalars(
        select(Task).where(*due).order_by(Task.visible_from, Task.task_id).limit(_AT_ONCE).with_for_update()
    ).all()
    for task in tasks:
        row = session.get_one(Item, task.head, populate_existing=True)
        item = content.unseal(session, row)
        if item is None:
            row.status = "closed"
            leave(session, row, rules)
        else:
            place(session, row, item, rules, now=now)
    session.flush()
    return len(tasks)


def expire(session: Session, rules: DeskRules, *, now: datetime) -> int:
    """Give back to their queues the tasks whose lease has run out. How many there were."""
    tasks = session.scalars(
        select(Task)
        .where(CLAIMED, Task.lease_until <= now)
        .order_by(Task.lease_until, Task.task_id)
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    for task in tasks:
        give_back(session, task, rules, now=now)
    session.flush()
    return len(tasks)


def give_back(session: Session, task: Task, rules: DeskRules, *, now: datetime) -> None:
    """A task whose lease has run out waits for anybody again; what was seen of it counts."""
    seen = exposure.count_unanswered(session, task, rules, now=now)
    details = {"from": f"account:{task.account_id}", "seen": seen}
    audit.note(session, "moderation", "task.expired", f"task:{task.task_id}", details, now=now)
    task.status, task.account_id, task.claimed_at, task.lease_until = "open", None, None, None


def rerank(session: Session, rules: DeskRules, *, after: int = 0, limit: int = 500) -> int | None:
    """Rank tasks that wait by other rules than they were opened by, `limit` at a time.

    Takes and gives the last task that is done, so that each part can be a transaction of its own; None at the end.
    To be called before any row is locked.
    """
    alone(session)
    tasks = session.scalars(
        select(Task)
        .where(Task.status.in_(("open", "claimed", "hidden")), Task.task_id > after)
        .order_by(Task.task_id)
        .limit(limit)
        .with_for_update()
    ).all()
    for task in tasks:
        items = session.scalars(select(Item).where(Item.task_id == task.task_id, Item.status == "open")).all()
        for row in items:
            item = content.unseal(session, row)
            if item is not None:
                weigh(row, item, rules)
        session.flush()
        if items and task.kind == "review":
            count(session, task, rules)
        else:
            head = session.get_one(Item, task.head)
            item = content.unseal(session, head)
            if item is not None:
                weigh(head, item, rules)
            stand_for(task, head, rules)
            rank(task, head.terms or task.terms, rules)
    session.flush()
    return tasks[-1].task_id if len(tasks) == limit else None


def _precedence(row: Item) -> tuple[float, datetime, str]:
    """What sorts the items of a cluster; the first stands for all."""
    return (-row.weight, row.posted_at, row.review_id)
