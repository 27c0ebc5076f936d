"""The rules behind an item: what they asked, what they found, and what would have kept them from it."""

from collections.abc import Iterator
from dataclasses import dataclass

from moderation.desk.showing.branches import Branch, Branches, Value, number
from moderation.desk.showing.counterfactual import Change, unfire
from moderation.desk.showing.remade import Remade
from moderation.events import Action, Decision, ReviewItem, Scalar, UndeterminedRule
from moderation.policy import explain
from moderation.policy.model import Exemption, Policy, Rule
from moderation.taxonomy import DEFINITIONS, Category

_BREAKER = "breaker:"


@dataclass(frozen=True, slots=True)
class RuleShown:
    """A rule that fired, or an exemption that took rules out. `tree` is None where its policy is not known here.

    `changes` are the smallest with which it would not have fired, mostly one. `fate` says what became of it.
    """

    name: str
    action: Action
    because: str | None
    meaning: str
    note: str | None
    when: str | None
    tree: Branch | None
    values: tuple[Value, ...]
    changes: tuple[Change, ...]
    fate: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that a rule lacked, and why."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class UndecidedShown:
    """A rule that could not be decided."""

    name: str
    action: Action
    missing: tuple[Missing, ...]
    tree: Branch | None
    values: tuple[Value, ...]


def fired(item: ReviewItem, policy: Policy | None, remade: Remade | None) -> tuple[RuleShown, ...]:
    """The rules that fired, in the item's order."""
    branches = None if remade is None else Branches(remade)
    found = []
    for rule in item.rules:
        index = None if policy is None else _index(policy, rule.rule)
        own = None if policy is None or index is None else _declared(policy, index)
        is_rule = policy is not None and index is not None and index < len(policy.rules)
        found.append(
            RuleShown(
                rule.rule,
                rule.action,
                rule.because,
                meaning(rule.because, policy),
                None if own is None or own.note is None else own.note.strip(),
                None if own is None else " ".join(own.when.split()),
                None if branches is None or index is None else branches.of(index),
                tuple(_values(rule.values)),
                unfire(remade, index) if remade is not None and index is not None and is_rule else (),
                tuple(_fate(rule.silenced_by, rule.contested_by or ())),
            )
        )
    return tuple(found)


def undecided(
    item: ReviewItem, policy: Policy | None, remade: Remade | None, decision: Decision | None
) -> tuple[UndecidedShown, ...]:
    """The rules that could not be decided, in the item's order."""
    branches = None if remade is None else Branches(remade)
    return tuple(
        UndecidedShown(
            rule.rule,
            rule.action,
            tuple(_missing(rule, decision)),
            None
            if branches is None or policy is None or (index := _index(policy, rule.rule)) is None
            else branches.of(index),
            tuple(_values(rule.values)),
        )
        for rule in item.undetermined
    )


def meaning(reason: str | None, policy: Policy | None) -> str:
    """What a reason means, as the policy or the taxonomy has it."""
    if reason is None:
        return ""
    if policy is not None and reason in policy.reasons:
        return policy.reasons[reason]
    if reason in set(Category):
        return DEFINITIONS[Category(reason)].meaning
    lane, _, state = reason.rpartition("_")
    if state == "missing":
        return f"The {lane} lane could not look at it, and the policy wants a human then."
    return f"The {lane} lane is still at work." if state == "pending" else ""


def _declared(policy: Policy, index: int) -> Rule | Exemption:
    count = len(policy.rules)
    return policy.rules[index] if index < count else policy.exemptions[index - count]


def _index(policy: Policy, name: str) -> int | None:
    count = len(policy.rules) + len(policy.exemptions)
    return next((index for index in range(count) if explain.identity(policy, index) == name), None)


def _fate(silenced_by: str | None, contested_by: tuple[str, ...]) -> Iterator[str]:
    if silenced_by is not None:
        yield f"Taken out by the exemption {silenced_by}"
    for own in contested_by:
        if own.startswith(_BREAKER):
            yield f"Stopped by the open breaker {own.removeprefix(_BREAKER)}: a human decides instead"
        else:
            yield f"Contested by {own}: a human decides instead"


def _values(values: dict[str, Scalar | None]) -> Iterator[Value]:
    for name, value in values.items():
        if value is None:
            yield Value(name, "unknown", known=False)
        elif isinstance(value, bool):
            yield Value(name, "yes" if value else "no")
        else:
            yield Value(name, number(value) if isinstance(value, int | float) else value)


def _missing(rule: UndeterminedRule, decision: Decision | None) -> Iterator[Missing]:
    for name in rule.missing:
        prefix = name.partition(".")[0]
        state = None if decision is None else decision.lanes.get(prefix)  # type: ignore[call-overload]
        if name == explain.UNDEFINED:
            yield Missing("a number", "its arithmetic gives none: a division by zero, or an overflow")
        elif prefix == "facts":
            yield Missing(name, "the platform did not send it")
        elif prefix in ("author", "content", "domain"):
            yield Missing(name, "nothing is remembered: the post has no author, or nothing to count")
        elif state is None or state == "scored":
            yield Missing(name, "no model gave it")
        elif state == "pending":
            yield Missing(name, f"the {prefix} lane is still at work")
        else:
            yield Missing(name, f"the {prefix} lane has {state}")
