"""What a decision means to a breaker: a post that was acted on, or one that the breaker stopped."""

from typing import Literal

from moderation.events import Action, Decision, FiredRule, LaneName
from moderation.policy import Policy
from moderation.policy.model import RANK, Breaker

_BREAKER = "breaker:"

Act = Literal["acted", "stopped"]


def act_of(decision: Decision, breaker: Breaker, policy: Policy) -> Act | None:
    """`acted` where a guarded action was taken, or by a guarded rule; `stopped` where it would have been but for
    breakers. A lane that is awaited holds a post and does not act on it."""
    if decision.breakers and breaker.id in decision.breakers:
        lanes = any(breaker.id in policy.guards.lanes.get(lane, ()) for lane in _failed(decision))
        return "stopped" if lanes or any(_stopped(rule, breaker) for rule in decision.rules) else None
    action = decision.action
    if action == "withdrawn" or RANK[action] <= RANK["review"]:
        return None
    if breaker.rules:
        acts = any(rule.rule in breaker.rules and _acts(rule, action) for rule in decision.rules)
    elif action in breaker.actions:
        lanes = any(policy.lanes[lane].if_missing == action for lane in _failed(decision))
        acts = lanes or any(_acts(rule, action) for rule in decision.rules)
    else:
        acts = False
    return "acted" if acts else None


def _acts(rule: FiredRule, action: Action) -> bool:
    return rule.action == action and rule.silenced_by is None and rule.contested_by is None


def _stopped(rule: FiredRule, breaker: Breaker) -> bool:
    """Whether nothing but breakers, this one among them, keeps a rule from acting."""
    contested = rule.contested_by or ()
    return f"{_BREAKER}{breaker.id}" in contested and all(own.startswith(_BREAKER) for own in contested)


def _failed(decision: Decision) -> list[LaneName]:
    return [lane for lane, state in decision.lanes.items() if state.startswith("failed")]
