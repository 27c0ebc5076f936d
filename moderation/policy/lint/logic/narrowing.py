"""From a comparison that holds to what it leaves of the terms in it: forward and backward, as in HC4 (Benhamou et al.
1999), rounding always to the outside."""

import math

from moderation.policy import tree
from moderation.policy.lint.logic.box import Box, Conflict
from moderation.policy.lint.logic.domains import EVERY_NUMBER, Texts, after, before, both
from moderation.policy.threevalued import Interval


def compare_numbers(box: Box, operator: str, left: tree.Node, right: tree.Node) -> None:
    """Let `left operator right` hold. Raises `Conflict` where it cannot."""
    if operator in (">", ">="):
        operator, left, right = operator.replace(">", "<"), right, left
    if left == right and operator in ("<", "!="):
        raise Conflict
    (a, b), (c, d) = box.number(left), box.number(right)
    low, high = EVERY_NUMBER
    if operator == "<":
        number(box, left, (low, before(d)))
        number(box, right, (after(a), high))
    elif operator == "<=":
        number(box, left, (low, d))
        number(box, right, (a, high))
    elif operator == "==":
        number(box, left, (c, d))
        number(box, right, box.number(left))
    elif a == b == c == d:
        raise Conflict
    else:
        _unequal(box, left, right)
        _unequal(box, right, left)


def _unequal(box: Box, node: tree.Node, other: tree.Node) -> None:
    (low, high), (value, last) = box.number(node), box.number(other)
    if value == last and low == value:
        number(box, node, (after(low), high))
    elif value == last and high == value:
        number(box, node, (low, before(high)))


def compare_texts(box: Box, operator: str, left: tree.Node, right: tree.Node) -> None:
    """Let `left == right` or `left != right` hold. Raises `Conflict` where it cannot."""
    for node, other in ((left, right), (right, left)):
        texts = box.text(other)
        if operator == "==":
            text(box, node, texts)
        elif left == right:
            raise Conflict
        elif texts.single is not None:
            text(box, node, texts.complement)


def member(box: Box, node: tree.Member, inside: bool) -> None:
    """Let a text be in the list of `node`, or not be. Raises `Conflict` where it cannot."""
    listed = Texts(frozenset(node.values))
    text(box, node.operand, listed if inside else listed.complement)


def number(box: Box, node: tree.Node, interval: Interval) -> None:
    """Let a term lie in an interval. Raises `Conflict` where it cannot."""
    had = box.number(node)
    left = both(had, interval)
    if left is None:
        raise Conflict
    if left == had:
        return
    if not isinstance(node, tree.Constant):
        box.keep_number(node, left)
    match node:
        case tree.NameOf() if node.name in box.derived:
            number(box, box.derived[node.name], left)
        case tree.Negative():
            number(box, node.operand, (-left[1], -left[0]))
        case tree.Call(function="max"):
            _maximum(box, node.operands, left)
        case tree.Call(function="min"):
            _minimum(box, node.operands, left)
        case tree.Call(function="abs"):
            number(box, node.operands[0], (-left[1], left[1]))
        case tree.Choice():
            if (condition := box.truth(node.operands[0])) is not None:
                number(box, node.operands[1 if condition else 2], left)
        case tree.Arithmetic(operator="+" | "-") if all(map(math.isfinite, had)):
            _sum(box, node, left)


def _maximum(box: Box, operands: tuple[tree.Node, ...], interval: Interval) -> None:
    for operand in operands:
        number(box, operand, (-math.inf, interval[1]))
    reaching = [operand for operand in operands if box.number(operand)[1] >= interval[0]]
    if not reaching:
        raise Conflict
    if len(reaching) == 1:
        number(box, reaching[0], (interval[0], math.inf))


def _minimum(box: Box, operands: tuple[tree.Node, ...], interval: Interval) -> None:
    for operand in operands:
        number(box, operand, (interval[0], math.inf))
    reaching = [operand for operand in operands if box.number(operand)[0] <= interval[1]]
    if not reaching:
        raise Conflict
    if len(reaching) == 1:
        number(box, reaching[0], (-math.inf, interval[1]))


def _sum(box: Box, node: tree.Arithmetic, interval: Interval) -> None:
    """a + b or a - b, each bounded by the rest; the rounding of the sum is undone by a step to the outside."""
    low, high = before(interval[0]), after(interval[1])
    left, right = node.operands
    a, b = box.number(left), box.number(right)
    if node.operator == "+":
        number(box, left, (before(low - b[1]), after(high - b[0])))
        a = box.number(left)
        number(box, right, (before(low - a[1]), after(high - a[0])))
    else:
        number(box, left, (before(low + b[0]), after(high + b[1])))
        a = box.number(left)
        number(box, right, (before(a[0] - high), after(a[1] - low)))


def text(box: Box, node: tree.Node, texts: Texts) -> None:
    """Let a term be one of some texts. Raises `Conflict` where it cannot."""
    had = box.text(node)
    left = had & texts
    if isinstance(node, tree.Call) and not left.excluded:  # lower() gives nothing with a capital
        left = Texts(frozenset(word for word in left.listed if word == word.lower()))
    if not left:
        raise Conflict
    if left == had:
        return
    if not isinstance(node, tree.Constant):
        box.keep_text(node, left)
    match node:
        case tree.NameOf() if node.name in box.derived:
            text(box, box.derived[node.name], left)
        case tree.Call(function="lower"):
            of = box.text(node.operands[0])
            if not of.excluded:
                text(box, node.operands[0], Texts(frozenset(word for word in of.listed if word.lower() in left.listed)))
        case tree.Choice():
            if (condition := box.truth(node.operands[0])) is not None:
                text(box, node.operands[1 if condition else 2], left)
