"""From a decision to the strikes that it gives its author, or takes back."""

from moderation.events import LANES, Decision
from moderation.policy import Policy
from moderation.policy.strikes import DEFAULT, Strike
from moderation.state.strikes import Given
from moderation.state.windows import MICROSECONDS

_OF_LANES = frozenset(f"{lane}_{state}" for lane in LANES for state in ("pending", "missing"))
"""Reasons that are nobody's fault."""


def given_by(decision: Decision, policy: Policy, posted_us: int, decided_at_us: int = 0) -> Given | None:
    """What a decision on a post of this time means; None where it neither gives nor takes.

    Only what a human or a backfill decided takes a strike back: a post that was edited until it passed keeps it. A
    verdict that repeats an action without a reason leaves things as they are. `decided_at_us` is a verdict's.
    """
    if decision.stage == "provisional" or decision.action == "withdrawn":
        return None
    weights: dict[str, tuple[float, int]] = {}
    for reason in decision.reasons:
        strike = policy.strikes.get(reason) or (None if reason in _OF_LANES else policy.strikes.get(DEFAULT))
        if strike is not None and decision.action in strike.actions:
            weights[reason] = (strike.weight, posted_us + _micros(strike))
    if not weights and (decision.stage == "final" or _confirms(decision, policy)):
        return None
    # What takes back stands for as long as what it took could have, should that come once more.
    longest = max((_micros(own) for own in policy.strikes.values()), default=_micros(Strike()))
    until = max((end for _, end in weights.values()), default=posted_us + longest)
    return Given((*decision.order(), decided_at_us), until, weights)


def _confirms(decision: Decision, policy: Policy) -> bool:
    return not decision.reasons and any(decision.action in strike.actions for strike in policy.strikes.values())


def _micros(strike: Strike) -> int:
    return int(strike.expires.total_seconds()) * MICROSECONDS
