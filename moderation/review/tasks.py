"""A task as it is opened on an item, and takes after the one that stands for its cluster."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from moderation.events import ReviewItem
from moderation.review import priority
from moderation.review.rules import DeskRules
from moderation.review.tables import Item, Task


def made_on(
    row: Item,
    kind: str,
    rules: DeskRules,
    *,
    queue: str | None = None,
    opened_at: datetime,
    due_at: datetime | None,
    **more: Any,
) -> Task:
    """A task on an item, in its queue where no other is named; `more` are columns of the task. In no session yet."""
    values = {"status": "open", "size": 1, "opened_at": opened_at, "due_at": due_at, **more}
    task = Task(kind=kind, queue=queue or row.queue, **values)
    stand_for(task, row, rules)
    rank(task, row.terms, rules)
    return task


def open_on(session: Session, row: Item, kind: str, rules: DeskRules, **columns: Any) -> Task:
    """A task that is `made_on` an item, and has its number."""
    task = made_on(row, kind, rules, **columns)
    session.add(task)
    session.flush()
    return task


def weigh(row: Item, item: ReviewItem, rules: DeskRules) -> None:
    """Set what an item weighs by itself."""
    row.terms = priority.terms_of(item, rules.priority)
    row.weight = priority.weight_of(row.terms)
    row.severity = priority.severity_of(item, rules.priority.harm)


def stand_for(task: Task, row: Item, rules: DeskRules) -> None:
    """The item stands for all of the task from now on."""
    task.head, task.language, task.modality, task.severity = row.review_id, row.language, row.modality, row.severity
    task.harmless = row.severity < rules.exposure.benign_below


def rank(task: Task, terms: dict[str, Any], rules: DeskRules) -> None:
    """Where the task is in its queue, with the terms of the item that stands for it."""
    task.terms = priority.with_copies(terms, task.size, rules.priority)
    task.rank = priority.rank_of(task.terms, task.opened_at, rules.queue(task.queue).half_life)
