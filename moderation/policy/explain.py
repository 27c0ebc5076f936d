"""Why a rule fired or could not be decided, in values a person can check."""

from typing import Any

from moderation.events import FiredRule, Scalar, UndeterminedRule
from moderation.policy.judgement import Judged
from moderation.policy.model import Policy
from moderation.policy.names import Name
from moderation.policy.program import Findings

UNDEFINED = "(no number: division by zero or overflow)"
"""What an undetermined rule lacks when all its names are known."""

_WHOLE = 2.0**53  # up to here floats hold every whole number


def fired(policy: Policy, findings: Findings, judged: Judged) -> FiredRule:
    """A rule that fired, and what became of it."""
    rule = policy.rules[judged.rule]
    return FiredRule.model_construct(
        rule=rule.id,
        action=rule.then,
        because=rule.because,
        values=values(policy, findings, judged.rule),
        silenced_by=None if judged.silenced_by is None else identity(policy, judged.silenced_by),
        contested_by=(
            *(identity(policy, index) for index in judged.contested_by),
            *(f"breaker:{own}" for own in judged.breakers),
        )
        or None,
    )


def exempting(policy: Policy, findings: Findings, index: int) -> FiredRule:
    """An exemption that took rules out."""
    exemption = policy.exemptions[index - len(policy.rules)]
    return FiredRule.model_construct(
        rule=exemption.id, action="allow", because=exemption.because, values=values(policy, findings, index)
    )


def undetermined(policy: Policy, findings: Findings, index: int) -> UndeterminedRule:
    """A rule or an exemption that could not be decided, and what it lacks."""
    program = policy.program
    missing = tuple(
        program.names[place].name
        for place in program.looks_at[index]
        if program.is_base(place) and findings.unknown >> place & 1
    )
    return UndeterminedRule.model_construct(
        rule=identity(policy, index),
        action=policy.rules[index].then if index < len(policy.rules) else "allow",
        missing=missing or (UNDEFINED,),
        values=values(policy, findings, index),
    )


def identity(policy: Policy, index: int) -> str:
    """The id of the rule or exemption that a condition belongs to."""
    count = len(policy.rules)
    return policy.rules[index].id if index < count else policy.exemptions[index - count].id


def values(policy: Policy, findings: Findings, index: int) -> dict[str, Scalar | None]:
    """Every name that a condition looks at, also through derived signals, with what is known of it."""
    found: dict[str, Scalar | None] = {}
    for place in policy.program.looks_at[index]:
        name = policy.program.names[place]
        value = findings.values[place]
        if value is None:
            value = None if findings.bounds is None else _known_part(findings.bounds[place], name)
        elif name.type == "number":
            value = _counted(value, name)
        if value is not None:
            found[name.name] = value
    return found


def _known_part(bounds: Any, name: Name) -> str | None:
    """What an interval says beyond the range of its name."""
    if name.type != "number":
        return None
    low, high = (_counted(side, name) for side in bounds)
    if low > name.low:
        return f"{low!r} to {high!r}" if high < name.high else f"at least {low!r}"
    return f"at most {high!r}" if high < name.high else None


def _counted(value: float, name: Name) -> float:
    """A count reads 3, not 3.0."""
    is_count = name.kind not in ("signal", "derived") and abs(value) < _WHOLE and value == int(value)
    return int(value) if is_count else value
