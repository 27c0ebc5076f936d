"""A tableau search: expand what is claimed, narrow, branch on what is left open, within a budget."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from moderation.policy import tree
from moderation.policy.lint.logic import narrowing
from moderation.policy.lint.logic.box import Box, Conflict
from moderation.policy.lint.logic.expansion import Literal, expanded
from moderation.policy.lint.logic.goals import Claim, Every, Goal, Ignorance, Mode, Some
from moderation.policy.lint.logic.names import Knowledge
from moderation.policy.names import Name

_UNKNOWN: frozenset[Knowledge] = frozenset({"missing", "pending"})
_KNOWN: frozenset[Knowledge] = frozenset({"known"})
_MISSING: frozenset[Knowledge] = frozenset({"missing"})
_ROUNDS = 8  # narrowing x < y and y < x goes on float by float: it has to end
_BRANCHES = 300


class _Exhausted(Exception):
    pass


@dataclass(slots=True)
class _State:
    box: Box
    literals: list[Literal] = field(default_factory=list)
    open: list[Some] = field(default_factory=list)

    def copy(self) -> "_State":
        return _State(self.box.copy(), list(self.literals), list(self.open))


class Search:
    """Searches in one policy: `names` are those that conditions use, `derived` the trees of derived signals."""

    def __init__(self, names: Mapping[str, Name], derived: Mapping[str, tree.Node]) -> None:
        self._names = names
        self._derived = derived
        self._left = 0
        self._exact_names: dict[str, bool] = {}

    def impossible(self, *goals: Goal) -> bool:
        """Whether no record brings all goals about. False also when it could not be found out."""
        return self.example(*goals) is None

    def same(self, first: tree.Node, second: tree.Node) -> bool:
        """Whether two conditions are true, false and undecided on the same records. False also when unsure."""
        pairs: tuple[tuple[Mode, Mode], ...] = (("true", "not true"), ("false", "not false"))
        return all(
            self.impossible(Claim(one, mode), Claim(other, otherwise))
            for mode, otherwise in pairs
            for one, other in ((first, second), (second, first))
        )

    def example(self, *goals: Goal) -> Box | None:
        """What is left of the names when all goals hold, not further narrowed; None when that is impossible."""
        self._left = _BRANCHES
        state = _State(Box(self._names, self._derived))
        try:
            return self._solved(state, goals)
        except (_Exhausted, RecursionError):
            return state.box

    def _solved(self, state: _State, goals: Iterable[Goal]) -> Box | None:
        self._left -= 1
        if self._left < 0:
            raise _Exhausted
        try:
            self._assume(state, list(goals))
            choices = self._settled(state)
        except Conflict:
            return None
        if not choices:
            return state.box
        first = min(choices, key=lambda choice: len(choice.goals))
        state.open = [choice for choice in choices if choice is not first]
        for goal in first.goals:
            found = self._solved(state.copy(), [goal])
            if found is not None:
                return found
        return None

    def _settled(self, state: _State) -> list[Some]:
        """Narrow until nothing moves; what is left to choose from."""
        while True:
            self._narrow(state)
            choices, forced = [], []
            for some in state.open:
                possible = tuple(goal for goal in some.goals if not self._refuted(goal, state.box))
                if not possible:
                    raise Conflict
                if len(possible) == 1:
                    forced.append(possible[0])
                elif not any(isinstance(goal, Every) and not goal.goals for goal in possible):
                    choices.append(Some(possible))
            if not forced:
                return choices
            state.open = choices
            self._assume(state, forced)

    def _assume(self, state: _State, goals: list[Goal]) -> None:
        while goals:
            goal = goals.pop()
            if isinstance(goal, Every):
                goals.extend(goal.goals)
            elif isinstance(goal, Some):
                state.open.append(goal)
            elif isinstance(goal, Ignorance):
                state.box.learn(goal.name, _UNKNOWN)
            elif self._refuted(goal, state.box):
                raise Conflict
            elif isinstance(goal.node, tree.Known):
                state.box.learn(goal.node.name, _STATES[goal.mode])
            else:
                literal, more = expanded(goal, state.box)
                if literal is not None:
                    state.literals.append(literal)
                goals.extend(more)

    def _narrow(self, state: _State) -> None:
        box = state.box
        for _ in range(_ROUNDS):
            before = (box.numbers.copy(), box.texts.copy(), len(box.truths))
            for literal in state.literals:
                _apply(box, literal)
            if before == (box.numbers, box.texts, len(box.truths)):
                return

    def _refuted(self, goal: Goal, box: Box) -> bool:
        if isinstance(goal, Ignorance):
            return box.known(goal.name) == _KNOWN
        if isinstance(goal, Every):
            return any(self._refuted(part, box) for part in goal.goals)
        if isinstance(goal, Some):
            return all(self._refuted(part, box) for part in goal.goals)
        truth = box.truth(goal.node)
        if truth is None or truth is (goal.mode in ("true", "not false")):
            return False
        return goal.mode in ("true", "false") or self._exact(goal.node)

    def _exact(self, node: tree.Node) -> bool:
        """Whether a box makes of a node what three-valued logic does.

        That calls `'a' if c else 'b'` unknown while c is, and `x in []` while x is; a box knows better.
        """
        if isinstance(node, tree.NameOf) and node.name in self._derived:
            if node.name not in self._exact_names:
                self._exact_names[node.name] = self._exact(self._derived[node.name])
            return self._exact_names[node.name]
        if isinstance(node, tree.Choice) and node.type == "string":
            return False
        return not (isinstance(node, tree.Member) and not node.values) and all(map(self._exact, node.children()))


def _apply(box: Box, literal: Literal) -> None:
    match literal.node:
        case tree.NameOf():
            box.keep_truth(literal.node.name, literal.holds)
        case tree.Member():
            narrowing.member(box, literal.node, literal.holds is not literal.node.negated)
        case tree.Comparison():
            left, right = literal.node.operands
            compare = narrowing.compare_numbers if left.type == "number" else narrowing.compare_texts
            compare(box, literal.node.operators[0], left, right)


_STATES: dict[Mode, frozenset[Knowledge]] = {
    "true": _KNOWN,
    "false": _MISSING,
    "not true": _UNKNOWN,
    "not false": frozenset({"known", "pending"}),
}
"""What a claim about `known(NAME)` says of the name."""
