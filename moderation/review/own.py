"""A person's own work: what they hold, what they have answered, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from moderation.review.tables import Account, Answer, Appeal, DecisionRow, Gold, Item, Task

PACED = 200
"""Of so many of the latest answers the time per item is told."""

Outcome = Literal["in force", "confirmed", "decided otherwise", "overturned on appeal", "waits", "right", "wrong"]
"""What became of an answer; `right` and `wrong` are of items whose answer is known."""


@dataclass(frozen=True, slots=True)
class Own:
    """An answer and what came of it; `instead` is the action that stands, where it is another."""

    answer: Answer
    outcome: Outcome
    instead: str | None = None
    explanation: str | None = None  # of a known answer


@dataclass(frozen=True, slots=True)
class Pace:
    """How many were answered since a moment, and the median time of the latest ones."""

    answered: int
    seconds: float | None


def waiting_for(session: Session, account: Account) -> list[Task]:
    """Open tasks that were given to this person and to nobody else; not known answers: those look like any other."""
    own = select(Task).where(Task.assigned_to == account.account_id, Task.status == "open", Task.kind != "gold")
    return list(session.scalars(own.order_by(Task.rank.desc(), Task.task_id)))


def pace(session: Session, account: Account, *, since: datetime) -> Pace:
    """How many a person has answered since then, and how long one took of late."""
    mine = Answer.account_id == account.account_id
    count = session.scalar(select(func.count()).select_from(Answer).where(mine, Answer.answered_at >= since)) or 0
    latest = select(Answer.seconds).where(mine).order_by(Answer.answered_at.desc()).limit(PACED)
    seconds = sorted(session.scalars(latest))
    return Pace(count, seconds[len(seconds) // 2] if seconds else None)


def outcomes(session: Session, answers: Sequence[Answer]) -> list[Own]:
    """What came of some answers, of one person or several."""
    ids = {answer.review_id for answer in answers}
    known = {gold.review_id: gold for gold in session.scalars(select(Gold).where(Gold.review_id.in_(ids)))}
    standing = aliased(Answer)
    stands = {
        review_id: (answer_id, action)
        for review_id, answer_id, action in session.execute(
            select(Item.review_id, standing.answer_id, standing.action)
            .join(standing, standing.answer_id == Item.answer_id)
            .where(Item.review_id.in_(ids))
        )
    }
    verdicts = {answer.verdict_id for answer in answers if answer.verdict_id is not None}
    overturned = set(
        session.scalars(
            select(DecisionRow.verdict_id)
            .join(Appeal, Appeal.decision_id == DecisionRow.decision_id)
            .where(DecisionRow.verdict_id.in_(verdicts), Appeal.outcome == "overturned")
        )
    )
    return [
        _own(answer, known.get(answer.review_id), stands.get(answer.review_id), answer.verdict_id in overturned)
        for answer in answers
    ]


def _own(answer: Answer, known: Gold | None, stands: tuple[int, str] | None, overturned: bool) -> Own:
    if answer.kind == "gold" and known is not None:
        right = answer.action == known.action
        return Own(answer, "right" if right else "wrong", None if right else known.action, known.explanation)
    if overturned:
        return Own(answer, "overturned on appeal")
    if stands is None:
        return Own(answer, "waits")
    by, action = stands
    if by == answer.answer_id:
        return Own(answer, "in force")
    if action == answer.action:
        return Own(answer, "confirmed")
    return Own(answer, "decided otherwise", action)
