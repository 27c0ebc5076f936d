"""Which threshold to take: the trade-off, a proposal, why, and what is not certain."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from moderation.policy.evidence.examples import Examples
from moderation.policy.evidence.refused import Refused, percent
from moderation.policy.evidence.search import lowest, refuse_the_thin
from moderation.policy.evidence.tradeoff import CONFIDENCE, Cheapest, Prices, Row, cheapest, rows
from moderation.policy.evidence.under import ALWAYS, NEVER

_SHOWN = np.round(np.arange(1, 20) / 20, 2)
_LOW = 0.1


@dataclass(frozen=True, slots=True)
class Tuned:
    """The outcome. `marks` say what thresholds are; `proposal` is None where nothing better can be told.

    `why` gives the reasons for it, or why there is none; `doubts` what is taken for granted or not known.
    """

    rows: tuple[Row, ...]
    marks: Mapping[float, str]
    proposal: float | None
    why: str
    doubts: tuple[str, ...]
    cheapest: Cheapest | None = None


def tune(
    examples: Examples,
    prices: Prices,
    precision: float | None,
    current: Mapping[str, float],
    others: Mapping[str, float],
    what: str,
) -> Tuned:
    """`current` are the thresholds of rules by name, `others` further ones that are shown; `what` is sought.

    `precision` is asked for where nothing has a price. Raises `Refused` for evidence that shows nothing.
    """
    refuse_the_thin(examples, what)
    now = next(iter(current.values())) if len(set(current.values())) == 1 else None
    best = None
    if prices.given:
        best = cheapest(examples, prices, now)
        proposal, why = _by_cost(best, now, prices)
    elif precision is not None:
        proposal, why = _by_precision(examples, precision, now)
    else:
        proposal, why = None, "Say what errors cost (--cost-of-miss, --cost-of-mistake), or ask for a --precision."
    marks: dict[float, str] = {}
    named = [
        *((value, f"now: {name}") for name, value in current.items()),
        *((value, name) for name, value in others.items()),
    ]
    if proposal is not None:
        named.append((proposal, "proposed"))
    elif best is not None and best.threshold != now:
        named.append((best.threshold, "cheapest here"))
    for value, mark in named:
        marks[value] = f"{marks[value]}, {mark}" if value in marks else mark
    found = rows(examples, np.unique([*_SHOWN, *marks]), prices)
    kept = tuple(row for place, row in enumerate(found) if row.threshold in marks or _differs(found, place))
    return Tuned(kept, marks, proposal, why, tuple(_doubts(examples, prices, best)), best)


def _differs(found: list[Row], place: int) -> bool:
    """Whether fewer posts lie above than above the threshold before."""
    return found[place].above > 0 and (place == 0 or found[place].above < found[place - 1].above)


def _by_cost(best: Cheapest, now: float | None, prices: Prices) -> tuple[float | None, str]:
    if now is None or best.saves is None:
        return best.threshold, f"{best.threshold:g} has the least expected cost."
    saved, low, high = best.saves
    if best.threshold == now:
        return None, f"Keep {now:g}: no other threshold is expected to cost less."
    interval = f"between {_amount(low)} and {_amount(high)} with {percent(CONFIDENCE)} confidence"
    span = f"{_amount(saved)} {prices.per}, {interval}"
    if low <= 0:
        return (
            None,
            f"Keep {now:g}: {best.threshold:g} would save {span}, so it may as well cost more. Judge more posts.",
        )
    return best.threshold, f"{best.threshold:g} has the least expected cost. Instead of {now:g} it saves {span}."


def _by_precision(examples: Examples, precision: float, now: float | None) -> tuple[float | None, str]:
    # What fires always lies above every threshold, what never does above none.
    among = examples.scores > NEVER
    scores = np.where(examples.scores == ALWAYS, 1.0, examples.scores)[among]
    part = replace(examples, scores=scores, right=examples.right[among], weights=examples.weights[among])
    try:
        refuse_the_thin(part, "it")
        found = lowest(part, precision, CONFIDENCE)
    except Refused as refused:
        return None, f"No proposal: the evidence {refused.message}; {refused.hint}."
    why = (
        f"{found.threshold:g} is the lowest that is right at least {percent(precision)} of the time: "
        f"{found.right:,} of {found.above:,} show {percent(found.at_least, down=True)} "
        f"with {percent(CONFIDENCE)} confidence."
    )
    return (None, f"Keep {now:g}. {why}") if found.threshold == now else (found.threshold, why)


def _doubts(examples: Examples, prices: Prices, best: Cheapest | None) -> list[str]:
    found = []
    if best is not None:
        found.append(
            f"With other posts the cheapest could lie elsewhere: between {best.low:g} and {best.high:g} in 95 of 100 "
            "drawings of these."
        )
    if not examples.weighted:
        found.append(
            "It is taken that the judged posts are like all posts. If they were picked, say how: --probability."
        )
    seen = examples.scores[(examples.scores != NEVER) & (examples.scores != ALWAYS)]
    if len(seen) and seen.min() > _LOW:
        found.append(
            f"No judged post scores below {seen.min():g}: what is missed there does not show in recall and cost."
        )
    if examples.unused:
        found.append(f"{examples.unused:,} more posts have no judgement, no score or no weight, and do not count.")
    if len(examples.models) > 1:
        found.append(f"The scores come from several models: {', '.join(examples.models)}.")
    if prices.posts is None:
        found.append("Figures are per 1,000 posts; --per-day gives those of a day.")
    return found


def _amount(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.2g}"
