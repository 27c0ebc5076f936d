"""Items with content that somebody has claimed, for tests of answers."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.events import Post, ReviewItem, Source, Verdict
from moderation.review import answering, content
from moderation.review.answering import Seen
from moderation.review.rules import DeskRules
from moderation.review.tables import Account, Answer, Item, Outgoing, Task
from tests.unit.review import rows
from tests.unit.review.rows import NOW


def people(session: Session, *names: str) -> list[Account]:
    """Reviewers, or a lead where the name is `lead`."""
    found = [
        rows.account(1000 + number, name, roles=["lead"] if name == "lead" else ["reviewer"])
        for number, name in enumerate(names)
    ]
    session.add_all(found)
    session.flush()
    return found


def review_item(number: int, **fields: Any) -> ReviewItem:
    """An item about a post of hate, as it stands on Kafka."""
    given = {
        "review_id": f"review-{number}",
        "decision_id": f"decision-{number}",
        "post_id": f"post-{number}",
        "author_id": f"author-{number}",
        "reasons": ("hate",),
        "post": Post(post_id=f"post-{number}", author_id=f"author-{number}", text="they are vermin", **fields),
        "source": Source(topic="moderation.posts", partition=number % 4, offset=number, time=rows.ago(minutes=number)),
        "signals": {"text.hate": 0.8},
    }
    return ReviewItem.model_validate(given)


def claimed(session: Session, by: Account, *numbers: int, **fields: Any) -> Task:
    """A task that somebody holds since a minute ago, with an item for each number."""
    first = numbers[0]
    lease = {"status": "claimed", "claimed_at": NOW - timedelta(minutes=1), "lease_until": NOW + timedelta(minutes=14)}
    task = rows.task(first + 1000, head=f"review-{first}", size=len(numbers), account_id=by.account_id, **lease)
    for name, value in fields.items():
        setattr(task, name, value)
    session.add(task)
    session.flush()
    for number in numbers:
        session.add(kept(session, number, task_id=task.task_id))
    session.flush()
    return task


def kept(session: Session, number: int, **fields: Any) -> Item:
    """An item as the database keeps it."""
    item = review_item(number)
    sealed = content.seal(session, item)
    return rows.item(number, partition=item.source.partition, content=sealed, **fields)


def hold(session: Session, task: Task, by: Account) -> Task:
    """Somebody claims an open task."""
    task.status, task.account_id = "claimed", by.account_id
    task.claimed_at, task.lease_until = NOW - timedelta(minutes=1), NOW + timedelta(minutes=14)
    session.flush()
    return task


def answered(
    session: Session,
    task: Task,
    by: Account,
    action: str,
    rules: DeskRules,
    reasons: Iterable[str] = ("hate",),
    to: Seen | None = None,
) -> Answer:
    """An answer, for hate unless it allows, to what stands for the task unless something else was seen."""
    given = [] if action == "allow" else list(reasons)
    return answering.submit(session, task, by, action, given, None, rules, to=to or seen(session, task), now=NOW)


def seen(session: Session, task: Task) -> Seen:
    """What stands for a task now."""
    return answering.seen(session.get_one(Item, task.head))


def the_task(session: Session, kind: str) -> Task:
    """The only task of a kind."""
    return session.scalars(select(Task).where(Task.kind == kind)).one()


def sent(session: Session) -> list[Verdict]:
    """Every verdict that waits for Kafka, in order."""
    found = session.scalars(select(Outgoing).order_by(Outgoing.number)).all()
    assert all(row.topic == "verdicts" for row in found)
    return [Verdict.model_validate_json(row.value) for row in found]


def looked_at_twice(**look: Any) -> DeskRules:
    """Rules by which every answer is looked at twice."""
    return DeskRules.model_validate({"quality": {"second": {"share": 1.0, **look}}})


ONCE = DeskRules.model_validate({"quality": {"second": {"share": 0.0}}})
"""Rules by which the first answer is the last."""
