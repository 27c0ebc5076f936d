"""What the rules and the state of the lanes come to: the severity that stands now, and why.

`if_missing` acts on a post for good, so an open breaker that guards the action makes `review` of it as of a rule.
`while_pending` only holds a post until a lane reports, and no breaker touches it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from moderation.events import LaneName
from moderation.policy.judgement import NONE_OPEN, Judgement
from moderation.policy.model import RANK, Policy

_ALLOW = RANK["allow"]
_REVIEW = RANK["review"]


@dataclass(frozen=True, slots=True)
class Resolution:
    """`rank` is the severity now, `expected` the one for which a human may be asked to look.

    `reasons` are those of the rules behind `rank`, then those of lanes; `missing` those of lanes behind `expected`.
    `waits` are the deadlines of the lanes that are awaited. `provisional`: what is pending can still change it.
    `breakers` are the open ones that sent rules or lanes to a human, or keep those that are pending from more.
    """

    provisional: bool
    rank: int
    expected: int
    reasons: tuple[str, ...]
    missing: tuple[str, ...]
    waits: tuple[timedelta, ...] = ()
    breakers: frozenset[str] = NONE_OPEN


def resolve(
    policy: Policy,
    judgement: Judgement,
    pending: Sequence[LaneName],
    failed: Sequence[LaneName],
    breakers: frozenset[str] = NONE_OPEN,
) -> Resolution:
    """Weigh what the rules say against the lanes that have not reported, or cannot. `breakers` are those open."""
    without = {lane: _without(policy, lane, breakers) for lane in (*failed, *pending)}
    floor = max((without[lane] for lane in failed), default=_ALLOW)
    ceiling = max((without[lane] for lane in pending), default=_ALLOW)
    rank = max(judgement.rank, floor)
    late = [f"{lane}_missing" for lane in failed if without[lane] == rank > _ALLOW]
    stopping = _stopping(policy, judgement, failed, breakers) if breakers else NONE_OPEN
    if not pending or max(judgement.least, floor) == max(judgement.most, floor, ceiling):
        if pending and breakers:
            stopping |= judgement.breakers.union(*(_guards(policy, lane, breakers) for lane in pending))
        return Resolution(False, rank, rank, _reasons(policy, judgement, rank, late), tuple(late), breakers=stopping)
    # What will stand when the lanes that are awaited do not come: that is what a human would have to see.
    dated = [lane for lane in pending if policy.lanes[lane].deadline is not None]
    expected = max(rank, *(without[lane] for lane in dated), _ALLOW)
    missing = [f"{lane}_missing" for lane in (*failed, *dated) if without[lane] == expected]
    held = max(rank, *(RANK[policy.lanes[lane].while_pending] for lane in pending))
    if held > rank:
        late = []
    late += [f"{lane}_pending" for lane in pending if RANK[policy.lanes[lane].while_pending] == held > _ALLOW]
    waits = tuple(wait for lane in pending if (wait := policy.lanes[lane].deadline) is not None)
    return Resolution(True, held, expected, _reasons(policy, judgement, held, late), tuple(missing), waits, stopping)


def _without(policy: Policy, lane: LaneName, breakers: frozenset[str]) -> int:
    """The severity of a post that has to do without a lane."""
    rank = RANK[policy.lanes[lane].if_missing]
    return _REVIEW if breakers and _guards(policy, lane, breakers) else rank


def _guards(policy: Policy, lane: LaneName, breakers: frozenset[str]) -> list[str]:
    return [own for own in policy.guards.lanes.get(lane, ()) if own in breakers]


def _stopping(
    policy: Policy, judgement: Judgement, failed: Sequence[LaneName], breakers: frozenset[str]
) -> frozenset[str]:
    """The open breakers behind what stands now."""
    return frozenset(
        (
            *(own for judged in judgement.rules for own in judged.breakers),
            *(own for lane in failed for own in _guards(policy, lane, breakers)),
        )
    )


def _reasons(policy: Policy, judgement: Judgement, rank: int, late: Sequence[str]) -> tuple[str, ...]:
    because = [policy.rules[judged.rule].because for judged in judgement.rules if judged.rank == rank]
    return tuple(dict.fromkeys((*because, *late)))
