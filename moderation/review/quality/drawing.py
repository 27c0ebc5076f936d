"""What a reviewer gets next: the next in line, something harmless in between, a known answer, or a rest.

Nothing is left to chance that a person could repeat: a hash of the reviewer and their last answer decides, so that
letting an item go does not draw again.
"""

from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.review.quality.exposure import allowance
from moderation.review.rules import DeskRules
from moderation.review.tables import Account, Answer, Task
from moderation.shares import place_of

Kind = Literal["next", "harmless", "gold", "only harmless"]


def next_kind(session: Session, account: Account, rules: DeskRules, now: datetime) -> Kind:
    """What the person should get. `only harmless`: nothing else until their budget has room again."""
    if allowance(session, account, rules, now).until is not None:
        return "only harmless"
    return drawn(account.account_id, last_answer(session, account), rules)


def drawn(account_id: int, last: int | None, rules: DeskRules) -> Kind:
    """What somebody gets after their answer `last`, as long as there is room in their budget. Who has answered nothing
    yet gets nothing harmless in between."""
    if gold_draw(account_id, last) < rules.quality.most_gold:
        return "gold"
    return (
        "harmless" if last is not None and place_of(f"harmless:{account_id}:{last}") < rules.exposure.benign else "next"
    )


def gold_draw(account_id: int, last: int | None) -> float:
    """Below the share of a queue, the person gets a known answer of that queue."""
    return place_of(f"gold:{account_id}:{last}")


def eases(session: Session, account: Account, task: Task) -> bool:
    """Whether a task is harmless after one that was not: its reviewer is told, so that they are not puzzled.

    It is told of whatever is so, drawn or not: to tell it only of what was drawn would tell which the others are.
    """
    if not task.harmless:
        return False
    last = last_answer(session, account)
    before = select(Task.harmless).join(Answer, Answer.task_id == Task.task_id).where(Answer.answer_id == last)
    return last is not None and not session.scalar(before)


def last_answer(session: Session, account: Account) -> int | None:
    """The id of what the person answered last."""
    return session.scalar(
        select(Answer.answer_id)
        .where(Answer.account_id == account.account_id)
        .order_by(Answer.answered_at.desc(), Answer.answer_id.desc())
        .limit(1)
    )
