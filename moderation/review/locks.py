"""What PostgreSQL's transactions wait for, in this order: to be alone, tasks, items. SQLite has one writer anyway."""

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from moderation.review.tables import Item, Task

_ALONE = 0x6D6F64496E  # of PostgreSQL's advisory locks


def alone(session: Session) -> None:
    """One transaction at a time, of those that ask for it, until it ends: two that put items in line together could not
    see that they are alike, and two that revise answers, that they replace the same decision.

    To be called before any row is locked.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text(f"SELECT pg_advisory_xact_lock({_ALONE})"))


def locked(session: Session, task_id: int | None) -> Task | None:
    """A task as it is now, held until the transaction ends."""
    if task_id is None:
        return None
    return session.scalar(
        select(Task).where(Task.task_id == task_id).with_for_update().execution_options(populate_existing=True)
    )


def hold(session: Session, row: Item) -> None:
    """The item as it is now, until the transaction ends: an answer, too, locks the task before its items.

    One that was given meanwhile may have put the item into another task, for a second look.
    """
    held = False
    while not held:
        task_id = row.task_id
        locked(session, task_id)
        session.refresh(row)
        held = row.task_id == task_id
