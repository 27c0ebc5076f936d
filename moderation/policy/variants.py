"""Other forms of a rule for some posts. They become rules of their own, of which at most one can hold for a post."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from moderation.policy import tree


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition as it can be read, and checked."""

    text: str
    node: tree.Node


@dataclass(frozen=True, slots=True)
class Variant:
    """One form: where it takes the rule's place, and what of the rule it changes. `when` None: not the condition."""

    name: str
    place: Condition
    when: Condition | None
    effect: dict[str, Any]


def every(conditions: Sequence[Condition]) -> Condition:
    """All of them at once."""
    if len(conditions) == 1:
        return conditions[0]
    text = " and ".join(f"({condition.text.strip()})" for condition in conditions)
    return Condition(text, tree.Junction("boolean", operands=tuple(condition.node for condition in conditions)))


def opposite(condition: Condition) -> Condition:
    """Where it does not hold."""
    return Condition(f"not ({condition.text.strip()})", tree.Not("boolean", operand=condition.node))
