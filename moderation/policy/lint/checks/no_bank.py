"""`no-bank`"""

from collections.abc import Iterator

from moderation.policy import tree
from moderation.policy.lint.finding import Check, Finding
from moderation.policy.lint.subject import Subject
from moderation.policy.problems import joined, nearest, shortened

CODE = "no-bank"


def _findings(subject: Subject) -> Iterator[Finding | None]:
    for own in subject.in_order:
        for name, bank in _banks(own.node):
            if text := _wrong(subject, name, bank):
                yield subject.at(CODE, own, "when", *text)
    for signal, node in subject.policy.program.derived.items():
        for name, bank in _banks(node):
            if text := _wrong(subject, name, bank):
                yield subject.at_declared(CODE, "signals", signal, *text)


def _wrong(subject: Subject, name: str, bank: str) -> tuple[str, str | None] | None:
    """Message and hint, where there are banks and none is called so."""
    provided = (subject.installed or {}).get(name)
    if provided is None or provided.values is None or not bank or bank in provided.values:
        return None
    there = ", ".join(sorted(provided.values)[:20])
    hint = joined(nearest(bank, provided.values), f"banks that block: {there}" if there else "there are no such banks")
    return f"there is no bank '{shortened(bank)}' that '{name}' could name", hint


def _banks(node: tree.Node) -> Iterator[tuple[str, str]]:
    """Every text that a name is compared with, each once."""
    found: dict[tuple[str, str], None] = {}
    for each in node.walk():
        if isinstance(each, tree.Member) and isinstance(each.operand, tree.NameOf):
            found |= dict.fromkeys((each.operand.name, value) for value in each.values)
        if isinstance(each, tree.Comparison):
            names = [own.name for own in each.operands if isinstance(own, tree.NameOf)]
            texts = [own.value for own in each.operands if isinstance(own, tree.Constant)]
            found |= {(name, text): None for name in names for text in texts if isinstance(text, str)}
    yield from found


CHECK = Check(CODE, "A rule names a bank of known pictures that does not exist.", _findings)
