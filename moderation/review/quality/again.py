"""Further tasks on items that have one: what waits for them, and who may not have them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from moderation.review.locks import locked
from moderation.review.rules import DeskRules
from moderation.review.tables import Item, Task, TaskExclusion
from moderation.review.tasks import rank, stand_for


def open_items(session: Session, task: Task) -> Sequence[Item]:
    """Items of the cluster that wait for this task."""
    return session.scalars(
        select(Item).where(Item.task_id == task.task_id, Item.status == "open").order_by(Item.review_id)
    ).all()


def open_again(
    session: Session, task: Task, kind: str, why: str, without: Sequence[int], *, waits: bool
) -> Task:  # fmt: skip
    """A further task on the same head, for anybody but those in `without`.

    It looks like the one before. Where nothing `waits` for it, it is never late.
    """
    again = Task(
        kind=kind,
        status="open",
        queue=task.queue,
        head=task.head,
        size=task.size,
        language=task.language,
        modality=task.modality,
        severity=task.severity,
        harmless=task.harmless,
        rank=task.rank,
        terms=task.terms,
        opened_at=task.opened_at,
        due_at=task.due_at if waits else None,
        parent_id=task.task_id,
    )
    session.add(again)
    session.flush()
    for account_id in dict.fromkeys(without):
        session.add(TaskExclusion(task_id=again.task_id, account_id=account_id, why=why))
    return again


def due_of(session: Session, task: Task) -> datetime | None:
    """When a task is due, as it is shown: a second look as the first was, so that nobody tells them apart."""
    if task.kind != "second" or task.due_at is not None:
        return task.due_at
    return session.get_one(Task, task.parent_id).due_at


def move(session: Session, task: Task, to: Task) -> None:
    """What has waited for one task waits for another."""
    session.execute(update(Item).where(Item.task_id == task.task_id, Item.status == "open").values(task_id=to.task_id))


def let_go(session: Session, item: Item, rules: DeskRules) -> None:
    """An item was decided elsewhere: its task waits for the others, or is closed where there are none."""
    task = locked(session, item.task_id)
    if task is None or task.status not in ("open", "claimed", "hidden"):
        return
    item.task_id = None
    session.flush()
    others = open_items(session, task)
    task.size = len(others)
    if not others:
        task.status, task.account_id, task.lease_until = "closed", None, None
        return
    if task.head == item.review_id:
        stand_for(task, max(others, key=lambda other: other.weight), rules)
    rank(task, session.get_one(Item, task.head).terms, rules)
