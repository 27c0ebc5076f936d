"""What is left of every name and term while a search goes on, and what that makes of any expression."""

from collections.abc import Mapping
from typing import Any

from moderation.policy import threevalued, tree
from moderation.policy.functions import FUNCTIONS
from moderation.policy.lint.logic.domains import EVERY_TEXT, Texts, both
from moderation.policy.lint.logic.names import Knowledge, knowledge_of, texts_of
from moderation.policy.names import Name
from moderation.policy.threevalued import ARITHMETIC, COMPARISONS, Interval, Truth

_KNOWN: frozenset[Knowledge] = frozenset({"known"})


class Conflict(Exception):
    """Nothing is left of a value."""


class Box:
    """What is left: intervals of number terms, texts, truths, and whether names are known.

    A name that may be unknown keeps its whole range: a condition that holds for a part of it only is not decided
    while it is unknown. So whatever narrows a name makes it known, and values computed here enclose those that
    three-valued logic works with. Arithmetic without a result is any number at all.
    """

    def __init__(self, names: Mapping[str, Name], derived: Mapping[str, tree.Node]) -> None:
        self.names = names
        self.derived = derived
        self.numbers: dict[tree.Node, Interval] = {}
        self.texts: dict[tree.Node, Texts] = {}
        self.truths: dict[str, bool] = {}
        self.knowledge: dict[str, frozenset[Knowledge]] = {}
        self._memo: dict[str, Any] = {}

    def copy(self) -> "Box":
        """An independent box that holds the same."""
        other = Box(self.names, self.derived)
        other.numbers, other.texts = self.numbers.copy(), self.texts.copy()
        other.truths, other.knowledge = self.truths.copy(), self.knowledge.copy()
        other._memo = self._memo.copy()
        return other

    def number(self, node: tree.Node) -> Interval:
        """Every value that a number can have."""
        found: Interval = self.value(node)
        return found

    def text(self, node: tree.Node) -> Texts:
        """Every value that a text can have."""
        found: Texts = self.value(node)
        return found

    def truth(self, node: tree.Node) -> Truth:
        """Whether a condition certainly holds or certainly fails."""
        found: Truth = self.value(node)
        return found

    def value(self, node: tree.Node) -> Any:
        """An interval, texts, or a truth, as the node's type is."""
        if isinstance(node, tree.NameOf):
            if node.name not in self._memo:
                self._memo[node.name] = self._stored(node, self._of_name(node))
            return self._memo[node.name]
        return self._stored(node, self._computed(node))

    def known(self, name: str) -> frozenset[Knowledge]:
        """Which states of knowledge are left for a name."""
        return self.knowledge.get(name) or knowledge_of(self.names[name])

    def learn(self, name: str, states: frozenset[Knowledge]) -> None:
        """Narrow what is known about a name. Raises `Conflict`."""
        left = self.known(name) & states
        if not left:
            raise Conflict
        self.knowledge[name] = left
        self._memo.clear()

    def keep_number(self, node: tree.Node, interval: Interval) -> None:
        """Note that a term lies in an interval."""
        self.numbers[node] = interval
        self._narrowed(node)

    def keep_text(self, node: tree.Node, texts: Texts) -> None:
        """Note that a term is one of some texts."""
        self.texts[node] = texts
        self._narrowed(node)

    def keep_truth(self, name: str, truth: bool) -> None:
        """Note that a name is true or false. Raises `Conflict`."""
        if self.truths.setdefault(name, truth) is not truth:
            raise Conflict
        self.learn(name, _KNOWN)

    def _narrowed(self, node: tree.Node) -> None:
        self._memo.clear()
        if isinstance(node, tree.NameOf) and node.name not in self.derived:
            self.learn(node.name, _KNOWN)

    def _stored(self, node: tree.Node, computed: Any) -> Any:
        if node.type == "number" and node in self.numbers:
            left = both(computed, self.numbers[node])
            if left is None:
                raise Conflict
            return left
        if node.type == "string" and node in self.texts:
            texts = computed & self.texts[node]
            if not texts:
                raise Conflict
            return texts
        return computed

    def _of_name(self, node: tree.NameOf) -> Any:
        if node.name in self.derived:
            return self.value(self.derived[node.name])
        if node.type == "boolean":
            return self.truths.get(node.name)
        return node.bounds if node.type == "number" else texts_of(self.names[node.name])

    def _computed(self, node: tree.Node) -> Any:
        if isinstance(node, tree.Constant):
            if node.type == "number":
                return (node.value, node.value)
            return Texts(frozenset({str(node.value)})) if node.type == "string" else node.value
        if isinstance(node, tree.Known):
            states = self.known(node.name)
            return True if states == _KNOWN else False if states == {"missing"} else None
        if isinstance(node, tree.Comparison):
            return threevalued.conjunction(*self._compared(node))
        values = [self.value(child) for child in node.children()]
        match node:
            case tree.Not():
                return threevalued.negation(values[0])
            case tree.Negative():
                return threevalued.negate_bounds(values[0])
            case tree.Member():
                return _member(values[0], node)
            case tree.Junction():
                return threevalued.conjunction(*values) if node.word == "and" else threevalued.disjunction(*values)
            case tree.Arithmetic():
                return ARITHMETIC[node.operator][1](*values)
            case tree.Choice():
                return _chosen(node, *values)
            case tree.Call():
                return _lowered(values[0]) if node.function == "lower" else FUNCTIONS[node.function].bounds(*values)
        raise AssertionError(node)

    def _compared(self, node: tree.Comparison) -> list[Truth]:
        values = [self.value(operand) for operand in node.operands]
        return [
            _compared(operator, kind, left, right)
            for operator, kind, left, right in zip(
                node.operators, (operand.type for operand in node.operands), values, values[1:], strict=False
            )
        ]


def _compared(operator: str, kind: str, left: Any, right: Any) -> Truth:
    if kind == "number":
        return COMPARISONS[operator](left, right)
    if kind == "boolean":
        equal = threevalued.same(left, right)
    elif not left & right:
        equal = False
    else:
        equal = True if left.single is not None and left.single == right.single else None
    return equal if operator == "==" else threevalued.negation(equal)


def _member(texts: Texts, node: tree.Member) -> Truth:
    inside = texts & Texts(frozenset(node.values))
    contained = False if not inside else True if inside == texts else None
    return threevalued.negation(contained) if node.negated else contained


def _lowered(texts: Texts) -> Texts:
    return EVERY_TEXT if texts.excluded else Texts(frozenset(text.lower() for text in texts.listed))


def _chosen(node: tree.Choice, condition: Truth, then: Any, otherwise: Any) -> Any:
    if node.type == "number":
        return threevalued.either_bounds(condition, then, otherwise)
    if node.type == "boolean":
        return threevalued.either(condition, then, otherwise)
    return (then | otherwise) if condition is None else then if condition else otherwise
