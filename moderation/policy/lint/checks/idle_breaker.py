"""`idle-breaker`"""

from collections.abc import Iterator

from moderation.policy.lint.finding import Check, Finding
from moderation.policy.lint.subject import Subject
from moderation.policy.model import RANK, Breaker, Policy

CODE = "idle-breaker"
_REVIEW = RANK["review"]


def _findings(subject: Subject) -> Iterator[Finding | None]:
    for name, breaker in subject.policy.breakers.items():
        idle = [*_mild(subject.policy, breaker), *_unused(subject.policy, breaker)]
        if idle:
            message = f"breaker '{name}' has nothing to guard in {', '.join(idle)}"
            hint = "an open breaker makes review of what is more severe than review: hold, restrict, remove"
            yield subject.at_declared(CODE, "breakers", name, message, hint)


def _mild(policy: Policy, breaker: Breaker) -> Iterator[str]:
    yield from (f"'{action}' (too mild)" for action in breaker.actions if RANK[action] <= _REVIEW)
    for rule in policy.rules:
        if rule.id in breaker.rules and RANK[rule.then] <= _REVIEW:
            yield f"rule '{rule.id}' ({rule.then})"


def _unused(policy: Policy, breaker: Breaker) -> Iterator[str]:
    asked = {rule.then for rule in policy.rules} | {own.if_missing for own in policy.lanes.values()}
    for action in breaker.actions:
        if RANK[action] > _REVIEW and action not in asked:
            yield f"'{action}' (no rule asks for it)"


CHECK = Check(
    CODE,
    "A breaker guards an action or a rule that is no more severe than review, or that no rule asks for.",
    _findings,
)
