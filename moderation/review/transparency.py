"""What was done to posts in a period, and how right it was: a transparency report (DSA, articles 15 and 24).

Everything comes from the desk's own rows, so the same database gives the same report.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import Any

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from moderation.backtest.rates import Rate, rate
from moderation.events import SEVERITY
from moderation.review.notices import RESTRICTIONS
from moderation.review.tables import Answer, Appeal, DecisionRow, Gold, Item

NO_REASON = "(no reason)"
_ROWS_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Line:
    """Restrictions of one kind for one reason."""

    reason: str
    action: str
    automated: int
    human: int


@dataclass(frozen=True, slots=True)
class Appeals:
    """Appeals of the period: `filed` in it, and the others decided in it. `median_s` is from filing to decision."""

    filed: int = 0
    upheld: int = 0
    overturned: int = 0
    withdrawn: int = 0
    median_s: float | None = None


@dataclass(frozen=True, slots=True)
class Indicators:
    """How right it was. Each is a share with its 95 % interval, None where there is nothing to count.

    `automated_stood`: automated restrictions that a person confirmed, of those that a person looked at; not a random
    part. `audit_missed`: posts of the random audit that nothing had asked to look at, and that a person restricted,
    weighted by how likely each was to be picked. `gold_right`: answers to items whose right answer is known.
    `second_agreed`: blind second answers that were the same as the first. `appeals_overturned`: of those decided.
    """

    automated_stood: Rate | None = None
    audit_missed: Rate | None = None
    gold_right: Rate | None = None
    second_agreed: Rate | None = None
    appeals_overturned: Rate | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """All of a period, from `since` to just before `until`. A decision with two reasons stands in two lines."""

    since: datetime
    until: datetime
    restrictions: int
    automated: int
    human: int
    lines: tuple[Line, ...]
    answers: int
    median_answer_s: float | None
    appeals: Appeals
    indicators: Indicators = field(default_factory=Indicators)


def report(session: Session, since: datetime, until: datetime) -> Report:
    """The figures of a period. Provisional decisions, which a later one replaces within minutes, do not count."""
    by_kind: Counter[tuple[str, str, bool]] = Counter()
    totals: Counter[bool] = Counter()
    columns = (DecisionRow.action, DecisionRow.reasons, DecisionRow.verdict_id)
    rows = session.execute(
        select(*columns)
        .where(_within(DecisionRow.at, since, until), DecisionRow.stage != "provisional")
        .where(DecisionRow.action.in_(tuple(RESTRICTIONS)))
        .execution_options(yield_per=_ROWS_AT_ONCE)
    )
    for action, reasons, verdict_id in rows:
        human = verdict_id is not None
        totals[human] += 1
        for reason in dict.fromkeys(reasons) or (NO_REASON,):
            by_kind[reason, action, human] += 1
    kinds = sorted({(reason, action) for reason, action, _ in by_kind}, key=lambda kind: (kind[0], _severity(kind[1])))
    waited = _waits(session, since, until)
    appeals = _appeals(session, since, until)
    return Report(
        since=since,
        until=until,
        restrictions=totals.total(),
        automated=totals[False],
        human=totals[True],
        lines=tuple(Line(*kind, by_kind[(*kind, False)], by_kind[(*kind, True)]) for kind in kinds),
        answers=len(waited),
        median_answer_s=median(waited) if waited else None,
        appeals=appeals,
        indicators=Indicators(
            automated_stood=_stood(session, since, until),
            audit_missed=_missed(session, since, until),
            gold_right=_gold(session, since, until),
            second_agreed=_second(session, since, until),
            appeals_overturned=_share(appeals.overturned, appeals.upheld),
        ),
    )


def _waits(session: Session, since: datetime, until: datetime) -> list[float]:
    """Seconds from the post to the answer that decided it."""
    rows = session.execute(
        select(Item.posted_at, Answer.answered_at)
        .join(Answer, Answer.answer_id == Item.answer_id)
        .where(_within(Answer.answered_at, since, until), Item.status == "decided")
        .execution_options(yield_per=_ROWS_AT_ONCE)
    )
    return [(answered_at - posted_at).total_seconds() for posted_at, answered_at in rows]


def _appeals(session: Session, since: datetime, until: datetime) -> Appeals:
    filed = len(session.scalars(select(Appeal.appeal_id).where(_within(Appeal.filed_at, since, until))).all())
    decided = session.execute(
        select(Appeal.outcome, Appeal.filed_at, Appeal.decided_at).where(_within(Appeal.decided_at, since, until))
    ).all()
    outcomes = Counter(outcome for outcome, _, _ in decided)
    took = [(end - start).total_seconds() for outcome, start, end in decided if end and outcome != "withdrawn"]
    return Appeals(
        filed, outcomes["upheld"], outcomes["overturned"], outcomes["withdrawn"], median(took) if took else None
    )


def _stood(session: Session, since: datetime, until: datetime) -> Rate | None:
    """A person's decision of the period beside the automated one that it replaced."""
    before = aliased(DecisionRow)
    rows = session.execute(
        select(before.action, DecisionRow.action)
        .join(before, before.decision_id == DecisionRow.record["supersedes"].as_string())
        .where(_within(DecisionRow.at, since, until), DecisionRow.verdict_id.is_not(None))
        .where(before.verdict_id.is_(None), before.action.in_(("label", "restrict", "remove")))
        .execution_options(yield_per=_ROWS_AT_ONCE)
    )
    stood: Counter[bool] = Counter(_severity(now) >= _severity(then) for then, now in rows)
    return _share(stood[True], stood[False])


def _missed(session: Session, since: datetime, until: datetime) -> Rate | None:
    rows = session.execute(
        select(Answer.action, Item.probability)
        .join(Item, Item.answer_id == Answer.answer_id)
        .where(_within(Answer.answered_at, since, until), Item.probability < 1.0, Item.status == "decided")
    )
    found: dict[bool, Counter[float]] = {True: Counter(), False: Counter()}
    for action, probability in rows:
        found[action in RESTRICTIONS][1.0 / probability] += 1
    return rate(found[True], found[False])


def _gold(session: Session, since: datetime, until: datetime) -> Rate | None:
    rows = session.execute(
        select(Answer.action, Gold.action)
        .join(Gold, Gold.review_id == Answer.review_id)
        .where(Answer.kind == "gold", _within(Answer.answered_at, since, until))
    )
    right: Counter[bool] = Counter(given == known for given, known in rows)
    return _share(right[True], right[False])


def _second(session: Session, since: datetime, until: datetime) -> Rate | None:
    first = aliased(Answer)
    rows = session.execute(
        select(first.action, Answer.action)
        .join(first, (first.review_id == Answer.review_id) & (first.kind == "review"))
        .where(Answer.kind == "second", _within(Answer.answered_at, since, until))
    )
    agreed: Counter[bool] = Counter(one == other for one, other in rows)
    return _share(agreed[True], agreed[False])


def _share(right: int, wrong: int) -> Rate | None:
    return rate({1.0: right} if right else {}, {1.0: wrong} if wrong else {})


def _within(column: InstrumentedAttribute[Any], since: datetime, until: datetime) -> ColumnElement[bool]:
    return and_(column >= since, column < until)


def _severity(action: str) -> int:
    return SEVERITY.index(action) if action in SEVERITY else -1
