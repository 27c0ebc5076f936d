"""The one threshold of a rule that is to be turned, while the rest of its condition stays."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from moderation.policy import tree
from moderation.policy.evidence.refused import Refused
from moderation.policy.model import Policy
from moderation.policy.program import Program

_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass(frozen=True, slots=True)
class Dial:
    """A comparison of a score with a number in the condition of a rule. `held` and `failed`: the condition with it so.

    `alone` where the condition is nothing else.
    """

    signal: str
    value: float
    held: tree.Node
    failed: tree.Node
    alone: bool


def dials(node: tree.Node) -> list[Dial]:
    """Every threshold that a score must reach for the condition to hold, or may reach."""
    return [
        Dial(signal, value, held, failed, node == comparison)
        for comparison, signal, value, held, failed in _found(_apart(node))
    ]


def dial_of(policy: Policy, index: int, signal: str | None, value: float | None) -> Dial:
    """The threshold of a rule, or the one of `signal` or `value` where it has several. Raises `Refused`."""
    every = dials(policy.program.conditions[index])
    fitting = [own for own in every if signal in (None, own.signal) and value in (None, own.value)]
    if len(fitting) == 1:
        return fitting[0]
    known = ", ".join(f"{own.signal} at {own.value:g}" for own in every)
    if not every:
        raise Refused("compares no score with a number by >= or >", "name a signal instead of the rule")
    hint = "--signal NAME and --threshold NUMBER choose one"
    raise Refused(f"has {'several thresholds' if fitting else 'no such threshold'}: {known}", hint)


def halves(policy: Policy, dial: Dial) -> Program:
    """Two conditions: the rule's with the comparison true, and with it false."""
    program = policy.program
    names = {name.name: name for name in program.names}
    return Program(names, list(program.derived.items()), [dial.held, dial.failed])


def _apart(node: tree.Node) -> tree.Node:
    """Chains of comparisons as single ones."""
    if isinstance(node, tree.Comparison) and len(node.operators) > 1:
        pairs = [
            replace(node, operands=node.operands[place : place + 2], operators=(sign,))
            for place, sign in enumerate(node.operators)
        ]
        return tree.Junction("boolean", operands=tuple(pairs), word="and")
    changed: Any = node
    if isinstance(node, tree.Not):
        changed = replace(node, operand=_apart(node.operand))
    elif isinstance(node, tree.Junction):
        changed = replace(node, operands=tuple(map(_apart, node.operands)))
    return changed  # type: ignore[no-any-return]


def _found(node: tree.Node) -> Iterator[tuple[tree.Node, str, float, tree.Node, tree.Node]]:
    """Comparison, signal, number, and the whole with the comparison true and false."""
    if isinstance(node, tree.Comparison):
        left, right = node.operands
        sign = node.operators[0]
        if isinstance(left, tree.Constant):
            left, right, sign = right, left, _TURNED.get(sign, "")
        score = isinstance(left, tree.NameOf) and left.bounds == (0.0, 1.0)
        if score and sign in (">=", ">") and isinstance(right, tree.Constant):
            yield node, getattr(left, "name", ""), float(right.value), _TRUE, _FALSE
    elif isinstance(node, tree.Junction):
        for place, operand in enumerate(node.operands):
            for comparison, signal, value, held, failed in _found(operand):
                yield comparison, signal, value, _with(node, place, held), _with(node, place, failed)


_TRUE, _FALSE = tree.Constant("boolean", value=True), tree.Constant("boolean", value=False)


def _with(node: tree.Junction, place: int, operand: tree.Node) -> tree.Node:
    return replace(node, operands=(*node.operands[:place], operand, *node.operands[place + 1 :]))
