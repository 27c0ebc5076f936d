"""Tasks that wait for nobody: everybody who could answer them has skipped or answered them before."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.review import claims, queue
from moderation.review.database import parts
from moderation.review.rules import DeskRules
from moderation.review.tables import Account, Task, TaskExclusion


@dataclass(frozen=True, slots=True)
class Stranded:
    """A task, and who must not have it, each with the reason."""

    task: Task
    without: Sequence[TaskExclusion]


def stranded(session: Session, rules: DeskRules) -> list[Stranded]:
    """Open tasks that nobody is left to claim, the oldest first.

    Only tasks that somebody is excluded from are looked at, however many wait; exclusions of tasks that are done, the
    retention removes.
    """
    excluded: dict[int, list[TaskExclusion]] = defaultdict(list)
    waiting = select(TaskExclusion).join(Task, Task.task_id == TaskExclusion.task_id).where(queue.OPEN)
    for row in session.scalars(waiting.order_by(TaskExclusion.account_id)):
        excluded[row.task_id].append(row)
    if not excluded:
        return []
    people = session.scalars(select(Account).where(Account.active)).all()
    found = []
    for task in _tasks(session, list(excluded)):
        without = {row.account_id for row in excluded[task.task_id]}
        if not any(
            person.account_id not in without
            and task.assigned_to in (None, person.account_id)
            and claims.lacks(task, person, rules) is None
            for person in people
        ):
            found.append(Stranded(task, excluded[task.task_id]))
    return sorted(found, key=lambda own: (own.task.opened_at, own.task.task_id))


def _tasks(session: Session, numbers: Sequence[int]) -> list[Task]:
    found: list[Task] = []
    for some in parts(numbers):
        found += session.scalars(select(Task).where(Task.task_id.in_(some), Task.kind != "gold"))
    return found
