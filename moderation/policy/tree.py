"""A checked expression: what the parser makes and the compiler reads. Every node knows its type and its range."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, Literal

from moderation.policy.functions import Type
from moderation.policy.threevalued import ANYTHING, Interval


@dataclass(frozen=True, slots=True)
class Node:
    """Base of all nodes."""

    type: Type
    bounds: Interval = ANYTHING

    def children(self) -> tuple["Node", ...]:
        """The operands, in order."""
        return ()

    def names(self) -> Iterator[str]:
        """Every name in the expression, in order, also repeatedly."""
        for child in self.children():
            yield from child.names()

    def walk(self) -> Iterator["Node"]:
        """The node and all below it."""
        yield self
        for child in self.children():
            yield from child.walk()

    def canonical(self) -> list[Any]:
        """As JSON, the same for every way of writing the same expression."""
        own = [
            getattr(self, field.name)
            for field in fields(self)
            if field.name not in ("type", "bounds") and not _holds_nodes(getattr(self, field.name))
        ]
        return [type(self).__name__.lower(), *own, *(child.canonical() for child in self.children())]


def _holds_nodes(value: object) -> bool:
    return isinstance(value, Node) or (isinstance(value, tuple) and any(isinstance(item, Node) for item in value))


@dataclass(frozen=True, slots=True)
class Constant(Node):
    """A literal."""

    value: float | str | bool = 0.0


@dataclass(frozen=True, slots=True)
class NameOf(Node):
    """The value of a name."""

    name: str = ""

    def names(self) -> Iterator[str]:
        """The name itself."""
        yield self.name


@dataclass(frozen=True, slots=True)
class Match(NameOf):
    """any_word(post.text, LIST) and its like: a name of its own, whose value is found in the text. `terms` are sorted.

    Its name tells function and list, and is all that decisions say.
    """

    function: str = ""
    terms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Known(Node):
    """known(NAME): whether the name has a value."""

    name: str = ""

    def names(self) -> Iterator[str]:
        """The name it asks about."""
        yield self.name


@dataclass(frozen=True, slots=True)
class _Unary(Node):
    operand: Node = Node("boolean")

    def children(self) -> tuple[Node, ...]:
        """The one operand."""
        return (self.operand,)


@dataclass(frozen=True, slots=True)
class Not(_Unary):
    """not a"""


@dataclass(frozen=True, slots=True)
class Negative(_Unary):
    """-a"""


@dataclass(frozen=True, slots=True)
class Member(_Unary):
    """a in [...]; `values` are sorted and distinct."""

    values: tuple[str, ...] = ()
    negated: bool = False


@dataclass(frozen=True, slots=True)
class _Many(Node):
    operands: tuple[Node, ...] = ()

    def children(self) -> tuple[Node, ...]:
        """The operands."""
        return self.operands


@dataclass(frozen=True, slots=True)
class Junction(_Many):
    """a and b and ..., or with or."""

    word: Literal["and", "or"] = "and"


@dataclass(frozen=True, slots=True)
class Comparison(_Many):
    """a < b <= c ...: one operator fewer than operands."""

    operators: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Arithmetic(_Many):
    """a + b, with - * / likewise."""

    operator: str = "+"


@dataclass(frozen=True, slots=True)
class Call(_Many):
    """A listed function."""

    function: str = ""


@dataclass(frozen=True, slots=True)
class Choice(_Many):
    """then if condition else otherwise; operands in the order condition, then, otherwise."""
