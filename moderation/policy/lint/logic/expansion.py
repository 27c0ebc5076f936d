"""A claim about a condition as claims about its parts, down to comparisons that can be narrowed with."""

from dataclasses import dataclass

from moderation.policy import tree
from moderation.policy.lint.logic.box import Box
from moderation.policy.lint.logic.goals import OPPOSITE, Claim, Every, Goal, Ignorance, Mode, Some, undecided

_FAILED = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}


@dataclass(frozen=True, slots=True)
class Literal:
    """A comparison of two terms, a membership or a name, decided: true, or false where `holds` is not."""

    node: tree.Node
    holds: bool = True


def expanded(claim: Claim, box: Box) -> tuple[Literal | None, list[Goal]]:
    """What the claim amounts to: at most one literal, and goals about parts. No literal comes of `known()`."""
    node, mode = claim.node, claim.mode
    match node:
        case tree.Constant():
            return None, []  # what it is has been compared with the claim already
        case tree.NameOf() if node.name in box.derived:
            return None, [Claim(box.derived[node.name], mode)]
        case tree.Not():
            return None, [Claim(node.operand, OPPOSITE[mode])]
        case tree.Junction():
            parts = tuple(Claim(operand, mode) for operand in node.operands)
            needs_all = (node.word == "and") is (mode in ("true", "not false"))
            return None, [Every(parts) if needs_all else Some(parts)]
        case tree.Choice():
            return None, [_chosen(node, mode)]
        case tree.Comparison() if len(node.operators) > 1:
            pairs = tuple(Claim(pair, mode) for pair in _pairs(node))
            return None, [Every(pairs) if mode in ("true", "not false") else Some(pairs)]
        case tree.Comparison() if node.operands[0].type == "boolean":
            return None, [_equivalence(node, mode)]
    if mode == "true":
        return Literal(node), [*_choices(node)]
    if mode == "false":
        return _false(node), [*_choices(node)]
    decided = Claim(node, "false" if mode == "not true" else "true")
    unknown = [Ignorance(name) for name in sorted(_rests_on(node, box, set()))]
    undefined = [Every()] if _may_be_undefined(node, box) else []
    return None, [Some((decided, *unknown, *undefined))]


def _false(node: tree.Node) -> Literal:
    if isinstance(node, tree.Comparison):
        return Literal(tree.Comparison("boolean", operands=node.operands, operators=(_FAILED[node.operators[0]],)))
    return Literal(node, holds=False)


def _pairs(node: tree.Comparison) -> list[tree.Comparison]:
    return [
        tree.Comparison("boolean", operands=node.operands[place : place + 2], operators=(operator,))
        for place, operator in enumerate(node.operators)
    ]


def _chosen(node: tree.Choice, mode: Mode) -> Some:
    condition, then, otherwise = node.operands
    both = (Claim(then, mode), Claim(otherwise, mode))
    # Undecided, it is what both sides are; so it is not true as soon as one is not.
    left_open = Every(both) if mode in ("true", "false") else Some(both)
    return Some(
        (
            Every((Claim(condition, "true"), both[0])),
            Every((Claim(condition, "false"), both[1])),
            Every((undecided(condition), left_open)),
        )
    )


def _equivalence(node: tree.Comparison, mode: Mode) -> Some:
    left, right = node.operands
    alike = (mode in ("true", "not false")) is (node.operators[0] == "==")
    modes: tuple[tuple[Mode, Mode], ...] = (
        (("true", "true"), ("false", "false")) if alike else (("true", "false"), ("false", "true"))
    )
    decided: tuple[Goal, ...] = tuple(Every((Claim(left, first), Claim(right, second))) for first, second in modes)
    return Some(decided if mode in ("true", "false") else (*decided, undecided(left), undecided(right)))


def _choices(node: tree.Node) -> list[Goal]:
    """Case distinctions for the `a if c else b` inside the terms of a comparison."""
    found: list[Goal] = []
    for child in node.children():
        if isinstance(child, tree.Choice):
            condition = child.operands[0]
            found.append(Some((Claim(condition, "true"), Claim(condition, "false"), undecided(condition))))
            found.extend(_choices(child.operands[1]) + _choices(child.operands[2]))
        elif child.type != "boolean":
            found.extend(_choices(child))
    return found


def _rests_on(node: tree.Node, box: Box, seen: set[str]) -> set[str]:
    """The names given by the record that a node looks at, also through derived signals."""
    found: set[str] = set()
    for name in set(node.names()) - seen:
        seen.add(name)
        found |= _rests_on(box.derived[name], box, seen) if name in box.derived else {name}
    return found


def _may_be_undefined(node: tree.Node, box: Box, seen: frozenset[str] = frozenset()) -> bool:
    if isinstance(node, tree.NameOf) and node.name in box.derived and node.name not in seen:
        return _may_be_undefined(box.derived[node.name], box, seen | {node.name})
    return isinstance(node, tree.Arithmetic) or any(_may_be_undefined(child, box, seen) for child in node.children())
