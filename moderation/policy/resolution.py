"""What the rules and the state of the lanes come to: the severity that stands now, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from moderation.events import LaneName
from moderation.policy.judgement import Judgement
from moderation.policy.model import RANK, Policy

_ALLOW = RANK["allow"]


@dataclass(frozen=True, slots=True)
class Resolution:
    """`rank` is the severity now, `expected` the one for which a human may be asked to look.

    `reasons` are those of the rules behind `rank`, then those of lanes; `missing` those of lanes behind `expected`.
    `waits` are the deadlines of the lanes that are awaited. `provisional`: what is pending can still change it.
    """

    provisional: bool
    rank: int
    expected: int
    reasons: tuple[str, ...]
    missing: tuple[str, ...]
    waits: tuple[timedelta, ...] = ()


def resolve(
    policy: Policy, judgement: Judgement, pending: Sequence[LaneName], failed: Sequence[LaneName]
) -> Resolution:
    """Weigh what the rules say against the lanes that have not reported, or cannot."""
    floor = max((RANK[policy.lanes[lane].if_missing] for lane in failed), default=_ALLOW)
    ceiling = max((RANK[policy.lanes[lane].if_missing] for lane in pending), default=_ALLOW)
    rank = max(judgement.rank, floor)
    late = [f"{lane}_missing" for lane in failed if RANK[policy.lanes[lane].if_missing] == rank > _ALLOW]
    if not pending or max(judgement.least, floor) == max(judgement.most, floor, ceiling):
        return Resolution(False, rank, rank, _reasons(policy, judgement, rank, late), tuple(late))
    # What will stand when the lanes that are awaited do not come: that is what a human would have to see.
    dated = [lane for lane in pending if policy.lanes[lane].deadline is not None]
    expected = max(rank, *(RANK[policy.lanes[lane].if_missing] for lane in dated), _ALLOW)
    missing = [f"{lane}_missing" for lane in (*failed, *dated) if RANK[policy.lanes[lane].if_missing] == expected]
    held = max(rank, *(RANK[policy.lanes[lane].while_pending] for lane in pending))
    if held > rank:
        late = []
    late += [f"{lane}_pending" for lane in pending if RANK[policy.lanes[lane].while_pending] == held > _ALLOW]
    waits = tuple(wait for lane in pending if (wait := policy.lanes[lane].deadline) is not None)
    return Resolution(True, held, expected, _reasons(policy, judgement, held, late), tuple(missing), waits)


def _reasons(policy: Policy, judgement: Judgement, rank: int, late: Sequence[str]) -> tuple[str, ...]:
    because = [policy.rules[judged.rule].because for judged in judgement.rules if judged.rank == rank]
    return tuple(dict.fromkeys((*because, *late)))
