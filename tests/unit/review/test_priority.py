"""Expected harm x reach x uncertainty x age: each term with its reason, and an order that ageing never changes."""

import math
from datetime import timedelta
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from moderation.events import ReviewItem
from moderation.review import priority
from moderation.review.rules import DeskRules, parse
from tests.unit.review.arriving import item_of, made_post
from tests.unit.review.rows import NOW, ago

RULES = parse(
    """
priority:
  harm: {reasons: {threat: 8, hate: 4, spam: 0.5}, severity: {spam: 0.1}}
  reach: [{fact: followers, unit: 1000}, {fact: reports, unit: 1, weight: 0.5}]
  uncertainty: 3
""",
    "desk.yaml",
)
FACTORS = st.floats(0.01, 1000.0)
TASKS = st.tuples(st.lists(FACTORS, max_size=5), st.integers(0, 10**7))
"""Factors, and how many seconds ago it was opened."""


def terms(item: ReviewItem, rules: DeskRules = RULES) -> dict[str, float]:
    return {name: term["factor"] for name, term in priority.terms_of(item, rules.priority).items()}


def test_every_term_has_its_number_and_its_reason() -> None:
    post = made_post(facts={"followers": 3000, "reports": 3})
    item = item_of(post, reasons=["spam", "threat"], score=0.5, priority={"queue": 2.0, "rule": 1.5})
    found = priority.with_copies(priority.terms_of(item, RULES.priority), 4, RULES.priority)
    found["age"] = priority.age_of(ago(hours=12), timedelta(hours=6), NOW)
    assert [f"{name} {term['factor']:g}: {term['why']}" for name, term in found.items()] == [
        "harm 8: threat",
        "score 0.5: the highest score that its rules looked at",
        "reach: followers 3: 3,000 followers",
        "reach: reports 2: 3 reports",
        "uncertainty 3: a score of 0.50; most at 0.5",
        "policy: queue 2: as the policy says",
        "policy: rule 1.5: as the policy says",
        "copies 3: 4 near-duplicates, one answer",
        "age 4: waits for 12 h; doubles every 6 h",
    ]
    assert priority.product_of(found) == 8 * 0.5 * 3 * 2 * 3 * 2 * 1.5 * 3 * 4


def test_what_is_surely_harmful_comes_before_what_may_be() -> None:
    sure, doubtful, unlikely = (terms(item_of(made_post(), score=score)) for score in (1.0, 0.5, 0.01))
    assert (sure["uncertainty"], doubtful["uncertainty"]) == (1.0, 3.0)
    assert math.prod(doubtful.values()) > math.prod(sure.values()) > math.prod(unlikely.values())


def test_without_a_score_of_its_rules_the_highest_of_all_counts_and_without_any_nobody_knows() -> None:
    item = item_of(made_post(), signals={"text.hate": 0.2, "text.spam": 0.9})
    assert terms(item.model_copy(update={"priority": {}}))["score"] == 0.9
    assert terms(item.model_copy(update={"priority": {}, "signals": {}}))["score"] == 0.5


@example({"followers": math.inf}, {}, {})
@example({"followers": 10**400}, {}, {})
@given(
    st.dictionaries(st.sampled_from(["followers", "reports"]), st.one_of(st.integers(), st.floats(), st.text())),
    st.dictionaries(st.text(min_size=1, max_size=5), st.floats(-1e9, 1e9)),
    st.dictionaries(st.text(min_size=1, max_size=5), st.floats(-5, 5)),
)
def test_no_fact_score_or_factor_makes_a_rank_that_is_no_number(
    facts: dict[str, Any], factors: dict[str, float], signals: dict[str, float]
) -> None:
    post = made_post().model_copy(update={"facts": facts})
    item = item_of(post).model_copy(update={"priority": factors, "signals": signals})
    found = priority.terms_of(item, RULES.priority)
    assert math.isfinite(priority.rank_of(found, NOW, timedelta(hours=6)))
    assert math.isfinite(priority.only_product(found)["product"]["factor"])
    assert 0.0 <= priority.severity_of(item, RULES.priority.harm) <= 1.0


def test_seeing_what_is_likely_and_bad_weighs_more_than_what_is_not() -> None:
    harm = RULES.priority.harm
    weights = [
        priority.severity_of(item_of(made_post(), reasons=reasons, score=score), harm)
        for reasons, score in ((["threat"], 0.9), (["threat"], 0.3), (["spam"], 0.9), ([], 0.05))
    ]
    assert weights == [0.9, 0.3, 0.09000000000000001, 0.05]


def of(factors: list[float]) -> dict[str, Any]:
    return {str(number): {"factor": factor, "why": ""} for number, factor in enumerate(factors)}


def slow_priority(factors: list[float], seconds: int, half_life: timedelta, later: timedelta) -> float:
    """log2 of the product of all terms, with the age worked out at that moment."""
    age = (timedelta(seconds=seconds) + later) / half_life
    return sum(math.log2(factor) for factor in factors) + age


@given(st.lists(TASKS, min_size=2, max_size=8), st.integers(60, 10**6), st.lists(st.integers(0, 10**7), min_size=2))
def test_the_order_of_a_queue_never_changes_and_is_that_of_the_slow_way(
    tasks: list[tuple[list[float], int]], half_life_s: int, moments: list[int]
) -> None:
    half_life = timedelta(seconds=half_life_s)
    ranks = [priority.rank_of(of(factors), NOW - timedelta(seconds=seconds), half_life) for factors, seconds in tasks]
    for moment in moments:
        later = timedelta(seconds=moment)
        slow = [slow_priority(factors, seconds, half_life, later) for factors, seconds in tasks]
        for first, rank in enumerate(ranks):
            assert math.isclose(
                priority.pressing(rank, half_life, NOW + later), slow[first], rel_tol=1e-9, abs_tol=1e-6
            )
            for second, other in enumerate(ranks):
                if slow[first] > slow[second] + 1e-6:
                    assert rank > other
