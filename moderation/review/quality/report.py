"""How reviewers and queues do: agreement, accuracy on known answers, time, from the answers of a while.

Two blind answers on one item are a pair. Alpha also takes known answers, which many people give independently of each
other; whoever decides between two has seen both, and counts in neither.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from moderation.backtest.rates import Rate, rate
from moderation.review.quality.agreement import Agreement, alpha, kappa, share_agreed
from moderation.review.tables import Account, Answer, Gold, Task

ORDER = ("allow", "label", "restrict", "remove")
"""Answers from mildest to most severe: alpha takes a remove against an allow for worse than against a restrict."""


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds from the claim to the answer."""

    median: float
    p90: float


@dataclass(frozen=True, slots=True)
class Standing:
    """Of one queue or reviewer. `agreed` of `pairs` blind pairs gave the same action; None where nothing is known."""

    name: str
    answers: int
    times: Times | None
    agreed: int
    pairs: int
    kappa: Agreement | None
    alpha: Agreement | None
    accuracy: Rate | None
    account_id: int | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """Queues by name, reviewers by name."""

    queues: tuple[Standing, ...]
    reviewers: tuple[Standing, ...]


@dataclass(slots=True)
class _Gathered:
    """What concerns one queue or reviewer."""

    seconds: list[float] = field(default_factory=list)
    pairs: list[tuple[str, str]] = field(default_factory=list)
    units: list[tuple[int, ...]] = field(default_factory=list)
    right: int = 0
    wrong: int = 0


def report(session: Session, *, since: datetime, account: Account | None = None) -> Report:
    """Of everybody, or of one person only: then there are no queues, and nobody else's name."""
    people = {own.account_id: own.name for own in session.scalars(select(Account))}
    of_queue: defaultdict[str, _Gathered] = defaultdict(_Gathered)
    of_person: defaultdict[int, _Gathered] = defaultdict(_Gathered)
    answers = _answers(session, since)
    by_task = {answer.task_id: answer for answer in answers}
    known = {gold.review_id: gold.action for gold in session.scalars(select(Gold))}
    for answer in answers:
        both = (of_queue[answer.queue], of_person[answer.account_id])
        for own in both:
            own.seconds.append(answer.seconds)
        if answer.kind == "gold" and answer.review_id in known:
            for own in both:
                if answer.action == known[answer.review_id]:
                    own.right += 1
                else:
                    own.wrong += 1
        first = by_task.get(answer.parent_id) if answer.kind == "second" else None
        if first is not None:
            of_queue[answer.queue].pairs.append((first.action, answer.action))
            of_person[answer.account_id].pairs.append((answer.action, first.action))
            of_person[first.account_id].pairs.append((first.action, answer.action))
    _add_units(answers, by_task, of_queue, of_person)
    if account is not None:
        mine = of_person[account.account_id]
        return Report((), (_standing(people[account.account_id], mine, account.account_id),))
    reviewers = [_standing(people[number], own, number) for number, own in of_person.items()]
    return Report(
        tuple(_standing(name, own) for name, own in sorted(of_queue.items())),
        tuple(sorted(reviewers, key=lambda own: own.name)),
    )


_Given = Row[int, int | None, int, str, str, str, str, float]


def _answers(session: Session, since: datetime) -> Sequence[_Given]:
    asked = (
        select(
            Answer.task_id, Task.parent_id, Answer.account_id, Answer.kind, Answer.queue, Answer.review_id,
            Answer.action, Answer.seconds,
        )
        .join(Task, Task.task_id == Answer.task_id)
        .where(Answer.answered_at >= since)
        .order_by(Answer.answer_id)
    )  # fmt: skip
    return session.execute(asked).all()


def _add_units(
    answers: Iterable[_Given],
    by_task: dict[int, _Given],
    of_queue: defaultdict[str, _Gathered],
    of_person: defaultdict[int, _Gathered],
) -> None:
    """Items that two or more people answered, each without knowing of the others."""
    together: defaultdict[tuple[str, str], list[_Given]] = defaultdict(list)
    for answer in answers:
        if answer.kind == "gold":
            together["gold", answer.review_id].append(answer)
        elif answer.kind == "second" and answer.parent_id in by_task:
            together["pair", str(answer.task_id)] += [by_task[answer.parent_id], answer]
    for given in together.values():
        if len(given) > 1:
            counts = Counter(answer.action for answer in given)
            unit = tuple(counts[action] for action in ORDER)
            of_queue[given[-1].queue].units.append(unit)
            for account_id in {answer.account_id for answer in given}:
                of_person[account_id].units.append(unit)


def _standing(name: str, own: _Gathered, account_id: int | None = None) -> Standing:
    agreed, pairs = share_agreed(own.pairs)
    times = Times(*map(float, np.quantile(own.seconds, [0.5, 0.9]))) if own.seconds else None
    return Standing(
        name,
        len(own.seconds),
        times,
        agreed,
        pairs,
        kappa(own.pairs),
        alpha(np.array(own.units, dtype=np.int64).reshape(-1, len(ORDER)), ordered=True),
        rate({1.0: own.right}, {1.0: own.wrong}) if own.right + own.wrong else None,
        account_id,
    )
