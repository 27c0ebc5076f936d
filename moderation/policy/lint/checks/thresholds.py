"""The numbers that scores are compared with."""

from collections.abc import Iterator
from dataclasses import dataclass

from moderation.policy import tree
from moderation.policy.lint.subject import Examined, Subject

_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


@dataclass(frozen=True, slots=True)
class Threshold:
    """`signal operator value`, somewhere in the condition of a rule, or in a derived signal that it uses.

    Not `direct` where something is compared that is made of the signal, such as the greatest of several.
    """

    rule: Examined
    signal: str
    operator: str
    value: float
    direct: bool


def thresholds(subject: Subject) -> Iterator[Threshold]:
    """Every comparison of a signal of a lane, or of something made of signals, with a number."""
    derived = subject.policy.program.derived
    for own in subject.in_order:
        names = [name.name for name in subject.names_of(own) if name.name in derived]
        for node in (own.node, *(derived[name] for name in names)):
            for operator, term, value in _compared(node):
                for signal in sorted(_signals(subject, term)):
                    yield Threshold(own, signal, operator, value, isinstance(term, tree.NameOf) and term.name == signal)


def _compared(node: tree.Node) -> Iterator[tuple[str, tree.Node, float]]:
    if isinstance(node, tree.Comparison):
        for operator, left, right in zip(node.operators, node.operands, node.operands[1:], strict=False):
            if isinstance(right, tree.Constant) and isinstance(right.value, float):
                yield operator, left, right.value
            elif isinstance(left, tree.Constant) and isinstance(left.value, float):
                yield _TURNED[operator], right, left.value
    for child in node.children():
        yield from _compared(child)


def _signals(subject: Subject, term: tree.Node) -> set[str]:
    names = {name.name: name for name in subject.policy.program.names}
    found: set[str] = set()
    for name in set(term.names()):
        if name in subject.policy.program.derived:
            found |= _signals(subject, subject.policy.program.derived[name])
        elif names[name].kind == "signal":
            found.add(name)
    return found
