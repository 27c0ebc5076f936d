"""Small mistakes that could be made in a condition, one at a time (DeMillo, Lipton and Sayward 1978)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from moderation.policy import tree
from moderation.policy.written import within, written

_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
_BESIDE = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
_SCORE = (0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Mistake:
    """A condition with one change. `change` says which."""

    node: tree.Node
    change: str


def mistakes(node: tree.Node, step: float) -> Iterator[Mistake]:
    """Every mistake in a tree: thresholds moved, comparisons turned, clauses dropped, `not` forgotten.

    Thresholds of scores are moved by `step`, other numbers by 1, or by `step` of themselves where that is more.
    """
    yield from _own(node, step)
    for place, child in enumerate(node.children()):
        for mistake in mistakes(child, step):
            yield Mistake(_with_child(node, place, mistake.node), mistake.change)


def _own(node: tree.Node, step: float) -> Iterator[Mistake]:
    match node:
        case tree.Comparison():
            yield from _compared(node, step)
        case tree.Junction():
            for place, dropped in enumerate(node.operands):
                kept = (*node.operands[:place], *node.operands[place + 1 :])
                left = kept[0] if len(kept) == 1 else replace(node, operands=kept)
                yield Mistake(left, f"without '{node.word} {within(node, dropped)}'")
        case tree.Not():
            yield Mistake(node.operand, f"without 'not' before '{within(node, node.operand)}'")
        case tree.Member():
            yield Mistake(replace(node, negated=not node.negated), f"'{written(node)}' turned round")


def _compared(node: tree.Comparison, step: float) -> Iterator[Mistake]:
    for place, sign in enumerate(node.operators):
        pair = node.operands[place : place + 2]
        shown = f"{written(pair[0])} {sign} {written(pair[1])}"
        others = [_OPPOSITE[sign]]
        # No score meets a threshold exactly but by chance; a count does.
        if sign in _BESIDE and not any(operand.bounds == _SCORE for operand in pair):
            others.append(_BESIDE[sign])
        for other in others:
            signs = (*node.operators[:place], other, *node.operators[place + 1 :])
            yield Mistake(replace(node, operators=signs), f"{other} for {sign} in '{shown}'")
        for offset, operand in enumerate(pair):
            if isinstance(operand, tree.Constant) and operand.type == "number" and (offset or not place):
                for value in _moved(float(operand.value), pair[1 - offset].bounds == _SCORE, step):
                    moved = tree.Constant("number", (value, value), value)
                    yield Mistake(_with_child(node, place + offset, moved), f"{value:.12g} in '{shown}'")


def _moved(value: float, score: bool, step: float) -> list[float]:
    if score:
        return [moved for moved in (round(value - step, 6), round(value + step, 6)) if 0.0 <= moved <= 1.0]
    width = max(1.0, abs(value) * step)
    return [value - width, value + width]


def _with_child(node: Any, place: int, child: tree.Node) -> tree.Node:
    if hasattr(node, "operand"):
        changed: tree.Node = replace(node, operand=child)
    else:
        changed = replace(node, operands=(*node.operands[:place], child, *node.operands[place + 1 :]))
    return changed
