"""What a search is to bring about: that conditions hold, fail, or at least do not."""

from dataclasses import dataclass
from typing import Literal

from moderation.policy import tree

Mode = Literal["true", "false", "not true", "not false"]
"""What three-valued logic makes of a condition; `not true` is false or unknown."""

OPPOSITE: dict[Mode, Mode] = {"true": "false", "false": "true", "not true": "not false", "not false": "not true"}
"""Mode -> the mode of the operand of `not`."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A condition is to be so."""

    node: tree.Node
    mode: Mode


@dataclass(frozen=True, slots=True)
class Ignorance:
    """A name is to have no value."""

    name: str


@dataclass(frozen=True, slots=True)
class Every:
    """All of these at once; nothing at all is always so."""

    goals: "tuple[Goal, ...]" = ()


@dataclass(frozen=True, slots=True)
class Some:
    """At least one of these."""

    goals: "tuple[Goal, ...]"


Goal = Claim | Ignorance | Every | Some


def undecided(node: tree.Node) -> Every:
    """The condition is neither true nor false."""
    return Every((Claim(node, "not true"), Claim(node, "not false")))
