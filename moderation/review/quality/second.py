"""Blind second looks: another reviewer answers the same task and is not told of the first answer."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.events import ReviewItem
from moderation.review import verdicts
from moderation.review.quality import adjudication
from moderation.review.quality.again import move, open_again, open_items
from moderation.review.quality.rules import SecondLook
from moderation.review.rules import DeskRules
from moderation.review.tables import Answer, Task
from moderation.shares import place_of


def after_first(
    session: Session, task: Task, answer: Answer, item: ReviewItem, rules: DeskRules, *, now: datetime
) -> None:  # fmt: skip
    """What a first answer leads to: verdicts, a second look, or both."""
    look = rules.quality.second_in(task.queue)
    drawn = is_drawn(task.head, look)
    if drawn:
        without = [answer.account_id]
        again = open_again(session, task, "second", "gave the first answer", without, waits=not look.first_counts)
    items = open_items(session, task)
    if drawn and not look.first_counts:
        move(session, task, again)
    elif items:
        verdicts.send(session, answer, items, item.source.topic, now=now)
        verdicts.bequeath(session, answer, rules, now=now)


def after_second(
    session: Session, task: Task, answer: Answer, item: ReviewItem, rules: DeskRules, *, now: datetime
) -> None:  # fmt: skip
    """What a second answer leads to: it confirms the first, or a third person decides between them."""
    look = rules.quality.second_in(task.queue)
    first = first_answer(session, task)
    items = open_items(session, task)
    if agree(first, answer, look):
        if items:  # they have waited for this
            verdicts.send(session, first, items, item.source.topic, now=now)
            verdicts.bequeath(session, first, rules, now=now)
        return
    both = [first.account_id, answer.account_id]
    third = open_again(session, task, "adjudication", "is one of the two", both, waits=bool(items))
    if items:
        move(session, task, third)
    adjudication.opened(session, third, first, answer, now=now)


def is_drawn(review_id: str, look: SecondLook) -> bool:
    """Whether an item is looked at twice: a hash decides, so that nobody can draw again."""
    return place_of(f"second:{review_id}") < look.share


def agree(first: Answer, second: Answer, look: SecondLook) -> bool:
    """Whether two answers say the same."""
    return first.action == second.action and (not look.reasons_matter or set(first.reasons) == set(second.reasons))


def first_answer(session: Session, task: Task) -> Answer:
    """The answer that a second task looks behind."""
    return session.scalars(select(Answer).where(Answer.task_id == task.parent_id)).one()
