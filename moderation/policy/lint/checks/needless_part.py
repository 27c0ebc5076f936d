"""`needless-part`"""

from collections.abc import Iterator

from moderation.policy import tree
from moderation.policy.lint.finding import Check, Finding
from moderation.policy.lint.subject import Examined, Subject
from moderation.policy.problems import shortened
from moderation.policy.written import within

CODE = "needless-part"
_MOST = 12  # parts of one `and` or `or`: a list of 40 texts has its own word, `in`


def _findings(subject: Subject) -> Iterator[Finding | None]:
    made = {own.id for own in subject.policy.rules if own.variant_of}
    made |= {own.variant_of for own in subject.policy.rules if own.variant_of}
    for own in subject.in_order:
        if own.id in made or subject.never_holds(own) or subject.never_fails(own):
            continue  # that a variant takes the place of its rule is not the author's wording
        for part in _needless(subject, own, own.node):
            message = f"'{shortened(part)}' changes nothing in the condition of rule '{own.id}'"
            yield subject.at(CODE, own, "when", message, "what stands beside it decides: leave it out, or correct it")


def _needless(subject: Subject, own: Examined, node: tree.Node) -> Iterator[str]:
    """Parts of an `and` or `or` without which the condition is the same; one for each, if there is one."""
    if not isinstance(node, tree.Junction) or len(node.operands) > _MOST:
        return
    for place, part in enumerate(node.operands):
        kept = (*node.operands[:place], *node.operands[place + 1 :])
        if subject.search.same(own.node, _replaced(own.node, node, kept)):
            yield within(node, part)
            return  # the rest may only be needless beside this one
    for part in node.operands:
        yield from _needless(subject, own, part)


def _replaced(root: tree.Node, junction: tree.Junction, kept: tuple[tree.Node, ...]) -> tree.Node:
    """The condition with fewer parts in one of its junctions."""
    if root is junction:
        return kept[0] if len(kept) == 1 else tree.Junction("boolean", operands=kept, word=junction.word)
    if isinstance(root, tree.Junction):
        parts = tuple(_replaced(part, junction, kept) for part in root.operands)
        return tree.Junction("boolean", operands=parts, word=root.word)
    return root


CHECK = Check(CODE, "A part of a condition without which it would be the same for every post.", _findings)
