"""The decision behind a review item, made again: only what comes out the same is explained."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from moderation.events import Decision, LaneName, LaneResult, LaneState, ReviewItem, Scalar, Scored
from moderation.policy.circumstances import Circumstances
from moderation.policy.evaluation import evaluate
from moderation.policy.model import Policy
from moderation.policy.program import Findings
from moderation.policy.remembered import asked

_STATES: tuple[LaneState, ...] = ("scored", "nothing_to_score", "failed", "pending")  # likely ones first


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

    `decision` is the one the item names, which knows the state of the lanes and what was remembered. Without it every
    state of the lanes is tried, with what the item's rules tell of what was remembered.
    """
    if decision is not None and decision.decision_id == item.decision_id:
        return _again(item, policy, _lanes_of(decision), Circumstances.of(decision))
    under = Circumstances(_remembered(item), _breakers(item))
    tried = (_again(item, policy, lanes, under) for lanes in _possible(item))
    return next((found for found in tried if found is not None), None)


def _again(
    item: ReviewItem, policy: Policy, lanes: dict[LaneName, LaneResult], under: Circumstances
) -> Remade | None:  # fmt: skip
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


def _possible(item: ReviewItem) -> Iterator[dict[LaneName, LaneResult]]:
    """Every way in which the lanes may stand, the likely ones first."""
    needed = item.post.lanes_needed()
    for states in itertools.product(_STATES, repeat=len(needed)):
        yield {lane: LaneResult(state=state) for lane, state in zip(needed, states, strict=True)}


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
