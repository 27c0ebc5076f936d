"""How urgent a task is: expected harm x reach x uncertainty x age, every term with its number and its reason.

The terms without age are fixed when a task is opened or changed. Age doubles the priority every half-life of its
queue, so that priority(t) = product * 2 ** ((t - opened) / half_life), and of two tasks in one queue the one that is
ahead stays ahead. What orders a queue is therefore a constant, `rank`, that an index serves.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import Field

from moderation.events import ReviewItem
from moderation.review.section import Factor, Section

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOST = 1e18  # no fact counts for more: it may be infinite, or an integer of many digits
_LEAST = 0.01  # the least score that counts: a post whose scores are all 0 is still to be looked at


class Harm(Section):
    """How bad it is if it is what it seems to be."""

    reasons: dict[str, Factor] = Field(
        default_factory=dict, description="reason -> how bad; 1 is ordinary, and what is not named"
    )
    severity: dict[str, Annotated[float, Field(ge=0.0, le=1.0)]] = Field(
        default_factory=dict,
        description="reason -> what seeing it does to a reviewer, from 0 harmless to 1, which is what is not named",
    )


class Reach(Section):
    """How many people it may meet, from a fact of the post: 1 + weight * log2(1 + value / unit)."""

    fact: str = Field(description="a fact that the platform sends, such as followers, views or reports")
    unit: float = Field(100.0, gt=0.0, description="at this value the logarithm is 1")
    weight: float = Field(1.0, ge=0.0, le=10.0)


class Priority(Section):
    """The terms that rank a queue."""

    harm: Harm = Harm()
    reach: tuple[Reach, ...] = Field((), description="each is a term of its own; unknown facts change nothing")
    uncertainty: float = Field(
        2.0, ge=1.0, le=10.0, description="factor of a score of 0.5, where models know least; 1 of 0 and of 1"
    )
    copies: float = Field(
        1.0, ge=0.0, le=10.0, description="weight of near-duplicates that one answer decides: 1 + weight * log2(count)"
    )


Terms = dict[str, Any]
"""Term -> `{"factor": 4.0, "why": "hate"}`: what stands in `Task.terms`. No content of the post."""


def terms_of(item: ReviewItem, rules: Priority) -> Terms:
    """The terms of one item, without age."""
    found = {"harm": _harm(item.reasons, rules.harm), "score": _term(*_score(item))}
    for reach in rules.reach:
        value = item.post.facts.get(reach.fact)
        if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
            value = min(value, _MOST)
            factor = 1.0 + reach.weight * math.log2(1.0 + value / reach.unit)
            found[f"reach: {reach.fact}"] = _term(factor, f"{value:,.6g} {reach.fact}")
    score = found["score"]["factor"]
    doubt = 1.0 + (rules.uncertainty - 1.0) * 4.0 * score * (1.0 - score)
    found["uncertainty"] = _term(doubt, f"a score of {score:.2f}; most at 0.5")
    for name, factor in item.priority.items():
        if name != "score" and factor > 0.0:
            found[f"policy: {name}"] = _term(factor, "as the policy says")
    return found


def with_copies(terms: Mapping[str, Any], count: int, rules: Priority) -> Terms:
    """The terms of a task whose cluster has `count` items."""
    found = {name: term for name, term in terms.items() if name != "copies"}
    if count > 1 and rules.copies > 0.0:
        found["copies"] = _term(1.0 + rules.copies * math.log2(count), f"{count} near-duplicates, one answer")
    return found


def severity_of(item: ReviewItem, rules: Harm) -> float:
    """What seeing it does to a reviewer, in [0, 1]: expected, so a low score counts less."""
    worst = max((rules.severity.get(reason, 1.0) for reason in item.reasons), default=1.0)
    return min(1.0, worst) * _score(item)[0]


def only_product(terms: Mapping[str, Any]) -> Terms:
    """All terms as one, of which nobody can tell what they were: what stays when an author is erased."""
    product = min(max(product_of(terms), 1e-300), 1e300)  # a number that JSON has
    return {"product": _term(product, "its author was erased")} if terms else {}


def product_of(terms: Mapping[str, Any]) -> float:
    """All terms without age, multiplied."""
    return math.prod(float(term["factor"]) for term in terms.values())


def weight_of(terms: Mapping[str, Any]) -> float:
    """log2 of the product: what orders tasks that have waited equally long."""
    return math.fsum(math.log2(term["factor"]) for term in terms.values())


def rank_of(terms: Mapping[str, Any], opened_at: datetime, half_life: timedelta) -> float:
    """What orders a queue, the highest first: log2 of the product, minus the opening time in half-lives."""
    return weight_of(terms) - (opened_at - _EPOCH) / half_life


def pressing(rank: float, half_life: timedelta, now: datetime) -> float:
    """log2 of the priority at a moment: what heads of several queues are compared by."""
    return rank + (now - _EPOCH) / half_life


def age_of(opened_at: datetime, half_life: timedelta, now: datetime) -> dict[str, Any]:
    """The age as a term, to be shown beside the others."""
    halves = min(max(0.0, (now - opened_at) / half_life), 1000.0)
    return _term(2.0**halves, f"waits for {_span(now - opened_at)}; doubles every {_span(half_life)}")


def _harm(reasons: Sequence[str], rules: Harm) -> dict[str, Any]:
    if not reasons:
        return _term(1.0, "no reason is given")
    worst = max(reasons, key=lambda reason: rules.reasons.get(reason, 1.0))
    return _term(rules.reasons.get(worst, 1.0), worst)


def _score(item: ReviewItem) -> tuple[float, str]:
    """How likely it is what it seems to be: the highest score the rules behind it looked at, or else of all."""
    if "score" in item.priority:
        return min(1.0, max(_LEAST, item.priority["score"])), "the highest score that its rules looked at"
    name = max(item.signals, key=lambda signal: item.signals[signal], default=None)
    if name is None:
        return 0.5, "no score: nobody knows"
    return min(1.0, max(_LEAST, item.signals[name])), f"the highest of all scores, {name}"


def _term(factor: float, why: str) -> dict[str, Any]:
    return {"factor": factor, "why": why}


def _span(span: timedelta) -> str:
    minutes = max(0, int(span / timedelta(minutes=1)))
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 72 * 60 else f"{minutes // (24 * 60)} d"
