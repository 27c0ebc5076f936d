"""What was done to posts in a period, and how right it was: a transparency report (DSA, articles 15 and 24).

Everything comes from the desk's own rows, so the same database gives the same report.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import Any

from sqlalchemy import distinct, func, or_, select
from sqlalchemy.orm import Session, aliased

from moderation.backtest.rates import Rate
from moderation.review import indicators
from moderation.review.indicators import ROWS_AT_ONCE, UNKNOWN, Indicators, language_of, severity, share, within
from moderation.review.notices import RESTRICTIONS
from moderation.review.routing import primary
from moderation.review.statements import category_of
from moderation.review.tables import Account, Answer, Appeal, DecisionRow, Item

NO_REASON = "(no reason)"


@dataclass(frozen=True, slots=True)
class Line:
    """Restrictions of one kind for one reason."""

    reason: str
    action: str
    automated: int
    human: int


@dataclass(frozen=True, slots=True)
class Tally:
    """Restrictions by one action, or of one category of the DSA Transparency Database."""

    name: str
    automated: int
    human: int


@dataclass(frozen=True, slots=True)
class Appeals:
    """Appeals: `filed` in the period, the others decided in it, `open` at its end.

    `median_s` is from filing to decision.
    """

    filed: int = 0
    upheld: int = 0
    overturned: int = 0
    withdrawn: int = 0
    open: int = 0
    median_s: float | None = None


@dataclass(frozen=True, slots=True)
class Spoken:
    """What people did in one language, and how many of those who answered say that they read it."""

    language: str
    answers: int
    median_answer_s: float | None
    automated_stood: Rate | None
    appeals_decided: int
    appeals_overturned: int
    reviewers: int


@dataclass(frozen=True, slots=True)
class Report:
    """All of a period, from `since` to just before `until`. A decision with two reasons stands in two `lines`.

    A decision that only repeats the one it replaces restricts nobody anew: it is `confirmed` and not counted.
    `reported` are restrictions where a rule behind them saw reports; the others are the platform's own initiative.
    """

    since: datetime
    until: datetime
    posts: int
    restrictions: int
    automated: int
    human: int
    confirmed: int
    reported: int
    lines: tuple[Line, ...]
    actions: tuple[Tally, ...]
    categories: tuple[Tally, ...]
    answers: int
    median_answer_s: float | None
    reviewers: int
    languages: tuple[Spoken, ...]
    appeals: Appeals
    indicators: Indicators = field(default_factory=Indicators)


def report(session: Session, since: datetime, until: datetime) -> Report:
    """The figures of a period. Provisional decisions, which a later one replaces within minutes, do not count."""
    before = aliased(DecisionRow)
    rows = session.execute(
        select(
            DecisionRow.action, DecisionRow.reasons, DecisionRow.verdict_id, DecisionRow.record["rules"],
            before.action, before.stage, before.record["rules"],
        )
        .outerjoin(before, before.decision_id == DecisionRow.record["supersedes"].as_string())
        .where(within(DecisionRow.at, since, until), DecisionRow.stage != "provisional")
        .where(DecisionRow.action.in_(RESTRICTIONS))
        .execution_options(yield_per=ROWS_AT_ONCE)
    )  # fmt: skip
    by_kind: Counter[tuple[str, str, bool]] = Counter()
    by_action: Counter[tuple[str, bool]] = Counter()
    by_category: Counter[tuple[str, bool]] = Counter()
    confirmed = reported = 0
    for action, reasons, verdict_id, rules, action_before, stage_before, rules_before in rows:
        if action == action_before and stage_before != "provisional":
            confirmed += 1
            continue
        human = verdict_id is not None
        reported += _reported(rules or rules_before or (), reasons)
        by_action[action, human] += 1
        for reason in dict.fromkeys(reasons) or (NO_REASON,):
            by_kind[reason, action, human] += 1
        for category in dict.fromkeys(map(category_of, reasons)) or (NO_REASON,):
            by_category[category, human] += 1
    kinds = sorted({(reason, action) for reason, action, _ in by_kind}, key=lambda kind: (kind[0], severity(kind[1])))
    answers, waits = _answers(session, since, until)
    appeals = _appeals(session, since, until)
    stood = indicators.stood(session, since, until)
    readers, reviewers = _reviewers(session, since, until)
    right, missed = indicators.audited(session, since, until)
    outcomes = _outcomes(session, since, until)
    return Report(
        since=since,
        until=until,
        posts=_posts(session, since, until),
        restrictions=by_action.total(),
        automated=sum(count for (_, human), count in by_action.items() if not human),
        human=sum(count for (_, human), count in by_action.items() if human),
        confirmed=confirmed,
        reported=reported,
        lines=tuple(Line(*kind, by_kind[(*kind, False)], by_kind[(*kind, True)]) for kind in kinds),
        actions=_tallies(by_action, lambda action: severity(action)),
        categories=_tallies(by_category, lambda category: category),
        answers=answers.total(),
        median_answer_s=_median(wait for own in waits.values() for wait in own),
        reviewers=reviewers,
        languages=tuple(_spoken(answers, waits, stood, outcomes, readers)),
        appeals=appeals,
        indicators=Indicators(
            automated_right=right,
            audit_missed=missed,
            automated_stood=_sum(stood.values()),
            automated_overturned=_overturned(outcomes, human=False),
            human_overturned=_overturned(outcomes, human=True),
            gold_right=indicators.gold(session, since, until),
            second_agreed=indicators.second(session, since, until),
        ),
    )


def _posts(session: Session, since: datetime, until: datetime) -> int:
    """Posts that were restricted, each once however often it was decided on."""
    before = aliased(DecisionRow)
    found = session.scalar(
        select(func.count(distinct(DecisionRow.post_id)))
        .outerjoin(before, before.decision_id == DecisionRow.record["supersedes"].as_string())
        .where(
            or_(before.decision_id.is_(None), before.action != DecisionRow.action, before.stage == "provisional"),
        )
        .where(within(DecisionRow.at, since, until), DecisionRow.stage != "provisional")
        .where(DecisionRow.action.in_(RESTRICTIONS))
    )
    return found or 0


def _reported(rules: Iterable[Mapping[str, Any]], reasons: list[str]) -> bool:
    """Whether a rule behind it saw reports, as `notices.by_report` has it."""
    counted = [rule for rule in rules if rule.get("silenced_by") is None and rule.get("action") != "allow"]
    own = [rule for rule in counted if rule.get("because") in reasons]
    return any((rule.get("values") or {}).get("facts.reports") for rule in own or counted)


def _answers(session: Session, since: datetime, until: datetime) -> tuple[Counter[str], dict[str, list[float]]]:
    """By language: posts that people decided on, appeals apart, and seconds from the post to the first answer.

    What an appeal or a third person revised later stays where it was decided first. What was decided anew long after
    it was posted has no such time.
    """
    rows = session.execute(
        select(Item.language, Item.occasion, Item.posted_at, Answer.answered_at)
        .join(Answer, Answer.answer_id == Item.first_answer_id)
        .where(within(Answer.answered_at, since, until), Item.status == "decided")
        .execution_options(yield_per=ROWS_AT_ONCE)
    )
    counts: Counter[str] = Counter()
    waits: dict[str, list[float]] = {}
    for tag, occasion, posted_at, answered_at in rows:
        language = language_of(tag)
        counts[language] += 1
        if occasion == "live":
            waits.setdefault(language, []).append((answered_at - posted_at).total_seconds())
    return counts, waits


def _appeals(session: Session, since: datetime, until: datetime) -> Appeals:
    filed = session.scalar(select(func.count()).select_from(Appeal).where(within(Appeal.filed_at, since, until)))
    left = session.scalar(
        select(func.count())
        .select_from(Appeal)
        .where(Appeal.filed_at < until, or_(Appeal.decided_at.is_(None), Appeal.decided_at >= until))
    )
    decided = session.execute(
        select(Appeal.outcome, Appeal.filed_at, Appeal.decided_at).where(within(Appeal.decided_at, since, until))
    ).all()
    outcomes = Counter(outcome for outcome, _, _ in decided)
    took = [(end - start).total_seconds() for outcome, start, end in decided if end and outcome != "withdrawn"]
    return Appeals(
        filed or 0, outcomes["upheld"], outcomes["overturned"], outcomes["withdrawn"], left or 0, _median(took)
    )


def _outcomes(session: Session, since: datetime, until: datetime) -> Counter[tuple[str, bool, str]]:
    """Appeals that were decided: language, whether a person had decided before, and the outcome."""
    rows = session.execute(
        select(Item.language, DecisionRow.verdict_id, Appeal.against, Appeal.outcome)
        .join(Item, Item.review_id == Appeal.review_id)
        .outerjoin(DecisionRow, DecisionRow.decision_id == Appeal.decision_id)
        .where(within(Appeal.decided_at, since, until), Appeal.outcome.in_(("upheld", "overturned")))
    )
    return Counter(
        (language_of(tag), verdict_id is not None or against is not None, outcome or "")
        for tag, verdict_id, against, outcome in rows
    )


def _reviewers(session: Session, since: datetime, until: datetime) -> tuple[Counter[str], int]:
    """Who answered in the period: language -> people who say that they read it, and how many people there are."""
    people = session.scalars(
        select(Account).where(
            Account.account_id.in_(select(Answer.account_id).where(within(Answer.answered_at, since, until)).distinct())
        )
    ).all()
    return Counter(own for person in people for own in {primary(tag) for tag in person.languages}), len(people)


def _spoken(
    answers: Counter[str],
    waits: Mapping[str, list[float]],
    stood: Mapping[str, Counter[bool]],
    outcomes: Counter[tuple[str, bool, str]],
    readers: Counter[str],
) -> Iterable[Spoken]:
    """The languages with something to tell, the unknown last."""
    known = {*answers, *stood, *(language for language, _, _ in outcomes), *readers}
    for language in sorted(known, key=lambda language: (language == UNKNOWN, language)):
        decided = {outcome: outcomes[language, False, outcome] + outcomes[language, True, outcome]
                   for outcome in ("upheld", "overturned")}  # fmt: skip
        yield Spoken(
            language=language,
            answers=answers[language],
            median_answer_s=_median(waits.get(language, ())),
            automated_stood=_sum([stood.get(language, Counter())]),
            appeals_decided=sum(decided.values()),
            appeals_overturned=decided["overturned"],
            reviewers=readers[language],
        )


def _overturned(outcomes: Counter[tuple[str, bool, str]], human: bool) -> Rate | None:
    found: Counter[str] = Counter()
    for (_, by_person, outcome), count in outcomes.items():
        if by_person == human:
            found[outcome] += count
    return share(found["overturned"], found["upheld"])


def _sum(counts: Iterable[Counter[bool]]) -> Rate | None:
    total = sum(counts, Counter[bool]())
    return share(total[True], total[False])


def _tallies(counts: Counter[tuple[str, bool]], order: Any) -> tuple[Tally, ...]:
    names = sorted({name for name, _ in counts}, key=order)
    return tuple(Tally(name, counts[name, False], counts[name, True]) for name in names)


def _median(seconds: Iterable[float]) -> float | None:
    found = list(seconds)
    return median(found) if found else None
