"""A condition in plain words, an indented line for each of its parts."""

from dataclasses import dataclass
from datetime import timedelta

from moderation.policy import tree

_WORDS = {
    "<": "is below",
    "<=": "is at most",
    ">": "is above",
    ">=": "is at least",
    "==": "is",
    "!=": "is not",
}
MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
"""Operator -> the one that says the same with its sides changed."""
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
_FUNCTIONS = {
    "max": "the greatest of",
    "min": "the smallest of",
    "noisy_or": "what comes of these supporting each other:",
    "abs": "the size of",
    "lower": "the small letters of",
}
_OPERATORS = {"+": "plus", "-": "minus", "*": "times", "/": "divided by"}


@dataclass(frozen=True, slots=True)
class Told:
    """A condition in words, its parts below it. `node` is what they speak of, None for words between parts.

    With `denied` they tell its opposite.
    """

    words: str
    parts: tuple["Told", ...] = ()
    node: tree.Node | None = None
    denied: bool = False

    def lines(self) -> list[str]:
        """One line, or a heading and indented lines below it."""
        return [self.words, *(line for part in self.parts for line in _listed(part.lines()))]


def lines_of(node: tree.Node, denied: bool = False) -> list[str]:
    """The lines of a condition, or with `denied` of its opposite."""
    return told(node, denied).lines()


def told(node: tree.Node, denied: bool = False) -> Told:
    """The condition, or with `denied` its opposite."""
    if isinstance(node, tree.Not):
        return told(node.operand, not denied)
    if isinstance(node, tree.Junction):
        every = _is_every(node, denied)
        parts = tuple(told(*part) for part in _parts(node, denied, every))
        return Told("all of these hold:" if every else "at least one of these holds:", parts, node, denied)
    if isinstance(node, tree.Comparison) and node.operands[0].type == "boolean" and len(node.operands) == 2:
        for constant, other in (node.operands, node.operands[::-1]):
            if isinstance(constant, tree.Constant):
                return told(other, denied is not ((node.operators[0] == "==") is not bool(constant.value)))
    if isinstance(node, tree.Choice):
        heads = ("in case that", "then", "else")
        parts = tuple(Told(head, (told(part),)) for head, part in zip(heads, node.operands, strict=True))
        return Told("this holds:" if not denied else "this does not hold:", parts, node, denied)
    return Told(_single(node, denied), (), node, denied)


def _is_every(node: tree.Junction, denied: bool) -> bool:
    """De Morgan's laws hold for unknown parts, too."""
    return (node.word == "and") is not denied


def _parts(node: tree.Node, denied: bool, every: bool) -> list[tuple[tree.Node, bool]]:
    """The parts of a junction, and of those of its kind in it; each with whether it is denied."""
    if isinstance(node, tree.Not):
        return _parts(node.operand, not denied, every)
    if isinstance(node, tree.Junction) and _is_every(node, denied) is every:
        return [part for operand in node.operands for part in _parts(operand, denied, every)]
    return [(node, denied)]


def _listed(lines: list[str]) -> list[str]:
    return [f"- {lines[0]}", *(f"  {line}" for line in lines[1:])]


def _single(node: tree.Node, denied: bool) -> str:
    match node:
        case tree.Match():
            words = "a domain" if node.function == "any_domain" else "a word"
            return f"the text has {'not ' if denied else ''}{words} of {_list_of(node)}"
        case tree.NameOf():
            return f"{node.name} is {'false' if denied else 'true'}"
        case tree.Known():
            return f"{node.name} is {'not ' if denied else ''}known"
        case tree.Constant():
            return "this never holds" if bool(node.value) is denied else "this always holds"
        case tree.Member():
            named = ", ".join(node.values) or "(nothing)"
            return f"{value(node.operand)} is {'none' if node.negated is not denied else 'one'} of: {named}"
        case tree.Comparison():
            return _compared(node, denied)
    raise AssertionError(node)


def _compared(node: tree.Comparison, denied: bool) -> str:
    operands, operators = list(node.operands), list(node.operators)
    if len(operands) == 2:
        if isinstance(operands[0], tree.Constant):
            operands.reverse()
            operators = [MIRRORED[operators[0]]]
        operator = _OPPOSITE[operators[0]] if denied else operators[0]
        return f"{value(operands[0])} {_WORDS[operator]} {value(operands[1])}"
    pairs = zip(operands, operators, operands[1:], strict=False)
    told = " and ".join(f"{value(left)} {_WORDS[operator]} {value(right)}" for left, operator, right in pairs)
    if len(operands) == 3 and not isinstance(operands[1], tree.Constant):
        first = f"{_WORDS[MIRRORED[operators[0]]]} {value(operands[0])}"
        told = f"{value(operands[1])} {first} and {_WORDS[operators[1]].removeprefix('is ')} {value(operands[2])}"
    return f"it is not so that {told}" if denied else told


def value(node: tree.Node) -> str:
    """A number or a text in words; for a condition, whether it holds."""
    if node.type == "boolean" and not isinstance(node, tree.Constant):
        raise AssertionError(node)
    match node:
        case tree.Match():
            return f"the number of words of {_list_of(node)} in the text"
        case tree.NameOf():
            return node.name
        case tree.Constant():
            if node.type == "boolean":
                return str(node.value).lower()
            return f"{node.value:g}" if node.type == "number" else f"'{node.value}'"
        case tree.Negative():
            return f"minus {value(node.operand)}"
        case tree.Arithmetic():
            left, right = map(value, node.operands)
            return f"({left} {_OPERATORS[node.operator]} {right})"
        case tree.Call():
            return f"{_FUNCTIONS[node.function]} {' and '.join(map(value, node.operands))}"
        case tree.Choice():
            condition, then, otherwise = node.operands
            return f"({value(then)} where {'; '.join(lines_of(condition))}, else {value(otherwise)})"
    raise AssertionError(node)


def _list_of(node: tree.Match) -> str:
    listed = node.name.rpartition(", ")[2].rstrip(")")
    count = len(node.terms)
    return f"the list {listed} ({count:,} term{'s' * (count != 1)})"


def duration(time: timedelta) -> str:
    """As a policy writes it: `10m`, `1d`."""
    seconds = time.total_seconds()
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g}{unit}"
    return f"{seconds * 1000:g}ms"
