"""How right it was: the error indicators of a transparency report (DSA, article 15(1)(e)), by language where known."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from moderation.backtest.rates import Rate, rate
from moderation.events import SEVERITY
from moderation.review.notices import RESTRICTIONS
from moderation.review.routing import primary
from moderation.review.tables import Answer, DecisionRow, Gold, Item, Task

ROWS_AT_ONCE = 5_000
LASTING = ("label", "restrict", "remove")
"""Restrictions that are a judgement: what is held back only waits for one."""

UNKNOWN = "(unknown)"


@dataclass(frozen=True, slots=True)
class Indicators:
    """Each is a share with its 95 % interval, None where there is nothing to count.

    `automated_right`: automated restrictions of the random audit that a person found right; `audit_missed`: posts of it
    that nothing had restricted or asked to look at, and that a person restricted. Both are weighted by how likely each
    post was to be picked, and speak for all posts. `automated_stood`: automated restrictions that a person confirmed,
    of those that a person decided on for whatever reason; no random part. `automated_overturned`,
    `human_overturned`: of the appeals decided. `gold_right`: answers to items whose right answer is known.
    `second_agreed`: blind second answers that were the same as the first.
    """

    automated_right: Rate | None = None
    audit_missed: Rate | None = None
    automated_stood: Rate | None = None
    automated_overturned: Rate | None = None
    human_overturned: Rate | None = None
    gold_right: Rate | None = None
    second_agreed: Rate | None = None


def audited(session: Session, since: datetime, until: datetime) -> tuple[Rate | None, Rate | None]:
    """`automated_right` and `audit_missed`. A decision that the desk does not have allowed the post."""
    rows = session.execute(
        select(Answer.action, Item.probability, DecisionRow.action)
        .join(Item, Item.answer_id == Answer.answer_id)
        .outerjoin(DecisionRow, DecisionRow.decision_id == Item.decision_id)
        .where(within(Answer.answered_at, since, until), Item.probability < 1.0, Item.status == "decided")
        .execution_options(yield_per=ROWS_AT_ONCE)
    )
    right: dict[bool, Counter[float]] = {True: Counter(), False: Counter()}
    missed: dict[bool, Counter[float]] = {True: Counter(), False: Counter()}
    for answer, probability, decided in rows:
        if decided in LASTING:
            right[severity(answer) >= severity(decided)][1.0 / probability] += 1
        else:
            missed[answer in RESTRICTIONS][1.0 / probability] += 1
    return rate(right[True], right[False]), rate(missed[True], missed[False])


def stood(session: Session, since: datetime, until: datetime) -> dict[str, Counter[bool]]:
    """Language -> how often a person's decision of the period left the automated restriction that it replaced."""
    before = aliased(DecisionRow)
    rows = session.execute(
        select(before.action, DecisionRow.action, Item.language)
        .join(before, before.decision_id == DecisionRow.record["supersedes"].as_string())
        .outerjoin(Item, and_(Item.verdict_id == DecisionRow.verdict_id, Item.post_id == DecisionRow.post_id))
        .where(within(DecisionRow.at, since, until), DecisionRow.verdict_id.is_not(None))
        .where(before.verdict_id.is_(None), before.action.in_(LASTING))
        .execution_options(yield_per=ROWS_AT_ONCE)
    )
    found: dict[str, Counter[bool]] = {}
    for then, now, language in rows:
        found.setdefault(language_of(language), Counter())[severity(now) >= severity(then)] += 1
    return found


def gold(session: Session, since: datetime, until: datetime) -> Rate | None:
    """`gold_right`."""
    rows = session.execute(
        select(Answer.action, Gold.action)
        .join(Gold, Gold.review_id == Answer.review_id)
        .where(Answer.kind == "gold", within(Answer.answered_at, since, until))
    )
    right: Counter[bool] = Counter(given == known for given, known in rows)
    return share(right[True], right[False])


def second(session: Session, since: datetime, until: datetime) -> Rate | None:
    """`second_agreed`."""
    first = aliased(Answer)
    rows = session.execute(
        select(first.action, Answer.action)
        .join(Task, Task.task_id == Answer.task_id)
        .join(first, first.task_id == Task.parent_id)  # another item of the cluster may stand for it by then
        .where(Answer.kind == "second", within(Answer.answered_at, since, until))
    )
    agreed: Counter[bool] = Counter(one == other for one, other in rows)
    return share(agreed[True], agreed[False])


def share(right: int, wrong: int) -> Rate | None:
    """The share of what counts alike."""
    return rate({1.0: right} if right else {}, {1.0: wrong} if wrong else {})


def within(column: InstrumentedAttribute[Any], since: datetime, until: datetime) -> ColumnElement[bool]:
    """From `since` to just before `until`."""
    return and_(column >= since, column < until)


def severity(action: str) -> int:
    """How hard an action is on an author; below all others for what is none."""
    return SEVERITY.index(action) if action in SEVERITY else -1


def language_of(tag: str | None) -> str:
    """`de` for `de-AT`."""
    return primary(tag) if tag else UNKNOWN
