"""The decision behind a review item, made again: only what comes out the same is explained."""

from collections.abc import Mapping
from dataclasses import dataclass

from moderation.events import LANES, Decision, LaneName, LaneResult, LaneState, ReviewItem, Scalar, Scored
from moderation.policy.circumstances import Circumstances
from moderation.policy.evaluation import evaluate
from moderation.policy.model import Policy
from moderation.policy.program import Findings
from moderation.policy.remembered import asked

_STATES: tuple[LaneState, ...] = ("scored", "nothing_to_score", "failed", "pending")


@dataclass(frozen=True, slots=True)
class Remade:
    """A record and its circumstances under which the policy decides as it did."""

    policy: Policy
    record: Scored
    under: Circumstances
    findings: Findings
    decision: Decision


def remade(item: ReviewItem, policy: Policy, decision: Decision | None = None) -> Remade | None:
    """The decision again, from what the item holds; None where it does not come out as the item tells.

    `decision` is the one the item names, which knows the state of the lanes and what was remembered. Without it both
    are taken from the item as far as they show in it.
    """
    if decision is not None and decision.decision_id == item.decision_id:
        lanes, under = _lanes_of(decision), Circumstances.of(decision)
    else:
        lanes, under = _lanes_shown(item), Circumstances(_remembered(item), _breakers(item))
    record = Scored(post=item.post, source=item.source, lanes=lanes, signals=item.signals, attributes=item.attributes)
    again = evaluate(record, policy, under).decision
    if _rules(again) != _rules(item):
        return None
    return Remade(policy, record, under, policy.program.run(record, under.state), again)


def _rules(told: Decision | ReviewItem) -> list[dict[str, object]]:
    return [each.model_dump() for each in (*told.rules, *told.undetermined)]


def _lanes_of(decision: Decision) -> dict[LaneName, LaneResult]:
    found: dict[LaneName, LaneResult] = {}
    for lane, told in decision.lanes.items():
        state, _, reason = told.partition(": ")
        found[lane] = LaneResult(state=next(own for own in _STATES if own == state), reason=reason or None)
    return found


def _lanes_shown(item: ReviewItem) -> dict[LaneName, LaneResult]:
    """A lane has scored where a model of it is named, and what rules miss of the others has failed."""
    missing = {name.partition(".")[0] for rule in item.undetermined for name in rule.missing}
    missing |= {reason.removesuffix("_missing") for reason in item.reasons if reason.endswith("_missing")}
    found: dict[LaneName, LaneResult] = {}
    for lane in LANES:
        if lane not in item.post.lanes_needed():
            continue
        scored = any(name.startswith(f"{lane}.") for name in (*item.models, *item.signals)) and lane not in missing
        state: LaneState = "scored" if scored else "failed" if lane in missing else "nothing_to_score"
        found[lane] = LaneResult(state=state)
    return found


def _remembered(item: ReviewItem) -> Mapping[str, Scalar]:
    told = [*(rule.values for rule in item.rules), *(rule.values for rule in item.undetermined)]
    return {
        name: value
        for values in told
        for name, value in values.items()
        if value is not None and asked(name) is not None
    }


def _breakers(item: ReviewItem) -> frozenset[str]:
    contested = (own for rule in item.rules for own in rule.contested_by or ())
    return frozenset(own.removeprefix("breaker:") for own in contested if own.startswith("breaker:"))
