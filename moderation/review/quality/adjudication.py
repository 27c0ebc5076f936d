"""Two reviewers disagree, and a third decides."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.events import ReviewItem
from moderation.review import audit, verdicts
from moderation.review.quality.again import open_items
from moderation.review.rules import DeskRules
from moderation.review.tables import Answer, Item, Task


def opened(session: Session, task: Task, first: Answer, second: Answer, *, now: datetime) -> None:
    """Tell the audit of a disagreement."""
    details = {"review_id": task.head, "answers": [first.answer_id, second.answer_id]}
    audit.note(session, "moderation", "adjudication.opened", f"task:{task.task_id}", details, now=now)


def decide(
    session: Session, task: Task, answer: Answer, item: ReviewItem, rules: DeskRules, *, now: datetime
) -> None:  # fmt: skip
    """The answer of the third: what waited is decided by it, what stood and differs is revised."""
    first, _ = between(session, task)
    waiting = open_items(session, task)
    stood = decided_by(session, first) if says_otherwise(answer, first) else []
    if stood:
        verdicts.disinherit(session, first.answer_id)
    if waiting or stood:
        verdicts.send(session, answer, [*waiting, *stood], item.source.topic, now=now)
        verdicts.bequeath(session, answer, rules, now=now)


def between(session: Session, task: Task) -> tuple[Answer, Answer]:
    """The two answers that an adjudication decides between: the first and the second."""
    second = session.get_one(Task, task.parent_id)
    found = {
        answer.task_id: answer
        for answer in session.scalars(select(Answer).where(Answer.task_id.in_([second.parent_id, second.task_id])))
    }
    assert second.parent_id is not None
    return found[second.parent_id], found[second.task_id]


def says_otherwise(one: Answer, other: Answer) -> bool:
    """Whether following one instead of the other changes anything for the author."""
    return one.action != other.action or set(one.reasons) != set(other.reasons)


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Two answers that wait for a third."""

    task: Task
    first: Answer
    second: Answer


def waiting(session: Session) -> list[Disagreement]:
    """Disagreements that nobody has decided yet, the oldest first."""
    tasks = session.scalars(
        select(Task)
        .where(Task.kind == "adjudication", Task.status.in_(["open", "claimed"]))
        .order_by(Task.opened_at, Task.task_id)
    )
    return [Disagreement(task, *between(session, task)) for task in tasks.all()]


def decided_by(session: Session, answer: Answer) -> Sequence[Item]:
    """Every item that the answer stands behind, those that inherited it among them."""
    own = select(Item).where(Item.answer_id == answer.answer_id, Item.status == "decided").order_by(Item.review_id)
    return session.scalars(own).all()
