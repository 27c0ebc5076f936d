"""A rule as a tree, with what was known of the post at each of its parts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from moderation.desk.showing.remade import Remade
from moderation.policy import plain, tree
from moderation.policy.compiler import Compiler
from moderation.policy.names import Name
from moderation.policy.plain import Told
from moderation.policy.threevalued import ANYTHING, Interval, Truth, negation

Holds = Literal["yes", "no", "unknown"]
_HOLDS: dict[Truth, Holds] = {True: "yes", False: "no", None: "unknown"}


@dataclass(frozen=True, slots=True)
class Value:
    """A name and what was known of it, as a reviewer reads it; `known` is false where that is not all."""

    name: str
    shown: str
    known: bool = True


@dataclass(frozen=True, slots=True)
class Branch:
    """A part of a condition. `holds` is None for words between parts, and for what a derived signal is made of."""

    words: str
    holds: Holds | None
    values: tuple[Value, ...] = ()
    parts: tuple["Branch", ...] = ()


class Branches:
    """Makes the trees of one decision."""

    def __init__(self, remade: Remade) -> None:
        program, findings = remade.policy.program, remade.findings
        self._program, self._findings = program, findings
        self._places = {name.name: place for place, name in enumerate(program.names)}
        self._compiler = Compiler(self._places)
        self._bounds: list[Any] = findings.bounds or [
            (value, value) if name.type == "number" else value
            for value, name in zip(findings.values, program.names, strict=True)
        ]

    def of(self, index: int) -> Branch:
        """The condition of a rule, or of an exemption, by its index in the program."""
        return self._branch(plain.told(self._program.conditions[index]))

    def value(self, name: str) -> Value:
        """What was known of a name that the policy uses."""
        place = self._places[name]
        return _shown(self._program.names[place], self._findings.values[place], self._bounds[place])

    def _branch(self, told: Told) -> Branch:
        if told.node is None:
            return Branch(told.words, None, parts=self._parts(told.parts))
        truth: Truth = self._compiler.bounds(told.node)(self._bounds, self._findings.unknown, self._findings.pending)
        holds = _HOLDS[negation(truth) if told.denied else truth]
        if told.parts:
            return Branch(told.words, holds, parts=self._parts(told.parts))
        names = list(dict.fromkeys(told.node.names()))
        return Branch(told.words, holds, tuple(map(self.value, names)), tuple(self._made_of(names)))

    def _parts(self, parts: Sequence[Told]) -> tuple[Branch, ...]:
        return tuple(map(self._branch, parts))

    def _made_of(self, names: Sequence[str]) -> Iterator[Branch]:
        """What derived signals are made of."""
        for name in names:
            node = self._program.derived.get(name)
            if node is None:
                continue
            if node.type == "boolean":
                inner = self._branch(plain.told(node))
                yield Branch(f"{name}:", None, parts=(inner,))
            else:
                inside = list(dict.fromkeys(node.names()))
                own = tuple(map(self.value, inside))
                yield Branch(f"{name} is {plain.value(node)}", None, own, tuple(self._made_of(inside)))


def number(value: float) -> str:
    """As a reviewer reads it: a score with up to four decimals, a count whole."""
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:.4f}".rstrip("0") if abs(value) < 1_000 else f"{value:,.1f}"


def _shown(name: Name, value: Any, bounds: Any) -> Value:
    if value is None:
        return Value(name.name, _partly(name, bounds) if name.type == "number" else "unknown", known=False)
    if isinstance(value, bool):
        return Value(name.name, "yes" if value else "no")
    return Value(name.name, number(value) if isinstance(value, int | float) else f"“{value}”")


def _partly(name: Name, bounds: Interval) -> str:
    low, high = bounds
    least = low > max(name.low, ANYTHING[0])
    most = high < min(name.high, ANYTHING[1])
    if least and most:
        return f"{number(low)} to {number(high)}"
    return f"at least {number(low)}" if least else f"at most {number(high)}" if most else "unknown"


def thresholds(node: tree.Node, derived: Mapping[str, tree.Node]) -> Iterator[tuple[str, str, float]]:
    """Where a condition compares a name with a number: name, operator as if the name stood on the left, number.

    What stands in `max`, also in a derived signal, is compared by itself: any of it suffices.
    """
    for part in node.walk():
        if not isinstance(part, tree.Comparison):
            continue
        for left, operator, right in zip(part.operands, part.operators, part.operands[1:], strict=False):
            if isinstance(left, tree.Constant) and left.type == "number":
                left, operator, right = right, plain.MIRRORED[operator], left
            if isinstance(right, tree.Constant) and right.type == "number":
                yield from ((name, operator, float(right.value)) for name in _compared(left, derived))


def _compared(node: tree.Node, derived: Mapping[str, tree.Node]) -> Iterator[str]:
    if isinstance(node, tree.Call) and node.function == "max":
        for operand in node.operands:
            yield from _compared(operand, derived)
    elif isinstance(node, tree.NameOf):
        yield node.name
        if node.name in derived and isinstance(derived[node.name], tree.Call):
            yield from _compared(derived[node.name], derived)
