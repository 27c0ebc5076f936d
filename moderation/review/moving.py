"""Work that is in the wrong queue, or kept for somebody who is gone, put where it is done."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from moderation.errors import AlreadyDone, NoSuchItem, NotPermitted, NotYours
from moderation.review import appeals, audit, claims, priority, queue
from moderation.review.locks import locked
from moderation.review.rules import DeskRules
from moderation.review.tables import Account, Item, Task

_AT_ONCE = 200


def move(session: Session, task_id: int, to: str, rules: DeskRules, *, by: str, now: datetime) -> Task:
    """The task, with all its items, waits in another queue from now on, as long as it has waited already.

    `by` is the actor for the audit. Raises `NoSuchItem`, `AlreadyDone`, `NotYours` while somebody answers it, and
    `NotPermitted` for what is no appeal and shall wait among them.
    """
    task = locked(session, task_id)
    if task is None:
        raise NoSuchItem("there is no such task")
    if task.status == "claimed":
        raise NotYours("somebody is answering it: give it to a person, which takes it back, and move it then")
    if task.status not in ("open", "hidden"):
        raise AlreadyDone("it has been answered or taken back")
    if to == appeals.QUEUE and task.kind != "appeal":
        raise NotPermitted(f"only appeals wait in {appeals.QUEUE}")
    if to != task.queue:
        audit.note(session, by, "task.moved", f"task:{task_id}", {"from": task.queue, "to": to}, now=now)
        task.queue = to
        task.rank = priority.rank_of(task.terms, task.opened_at, rules.queue(to).half_life)
        session.execute(update(Item).where(Item.task_id == task_id).values(queue=to))
        session.flush()
    return task


def give(
    session: Session,
    tasks: Sequence[int],
    to: Account,
    rules: DeskRules,
    *,
    by: Account,
    held: Collection[int] = (),
    although_skipped: bool = False,
    now: datetime,
) -> int:
    """Give tasks to one person. Returns how many were left out: somebody works on them, and they are not of `held`.

    `held` are those which `by` knew to be somebody's. Raises as `claims.reassign`, `NotYours` where all are left out.
    """
    left_out = 0
    for task in tasks:
        allowed = {"although_skipped": although_skipped, "although_claimed": task in held}
        try:
            claims.reassign(session, task, to, rules, by=by, **allowed, now=now)
        except NotYours:
            left_out += 1
    if left_out == len(tasks):
        raise NotYours("somebody has begun on all that was chosen since the page was shown: load it again")
    return left_out


def free_of_absent(session: Session, *, now: datetime) -> int:
    """Tasks that are kept for an account that is not active any more are everybody's again; returns how many.

    But those on known answers: each was made for one person.
    """
    kept = (
        select(Task)
        .join(Account, Account.account_id == Task.assigned_to)
        .where(queue.OPEN, ~Account.active, Task.kind != "gold")
    )
    tasks = session.scalars(kept.limit(_AT_ONCE).with_for_update(of=Task, skip_locked=True)).all()
    for task in tasks:
        audit.note(
            session, "moderation", "task.freed", f"task:{task.task_id}", {"of": f"account:{task.assigned_to}"}, now=now
        )
        task.assigned_to = None
    return len(tasks)
