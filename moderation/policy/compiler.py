"""From checked trees to Python functions: one for known values, and one per tree for partly known ones.

The code is generated from the checked tree only, never from the author's text: names become list places, literals
their `repr`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from moderation.policy import threevalued, tree
from moderation.policy.functions import FUNCTIONS
from moderation.policy.nesting import nested
from moderation.policy.threevalued import ARITHMETIC, Truth

Values = list[Any]
"""A value per name, by place; None where unknown. In bounds: an interval per number, None for other unknowns."""

Exact = Callable[[Values], Any]
Bounds = Callable[[Values, int, int], Any]
"""Takes the bounds, the set of unknown places and the set of those that are still pending, as bits."""

AllKnown = Callable[[Values], list[int]]
PartlyKnown = Callable[[Values, int, Values, int], tuple[list[int], list[int]]]

_OPERATIONS = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide"}
_COMPARISONS = {"<": "less", "<=": "less_equal", ">": "greater", ">=": "greater_equal"}


def known(place: int, unknown: int, pending: int) -> Truth:
    """known(NAME): no only when nothing can make it known any more."""
    if not unknown >> place & 1:
        return True
    return None if pending >> place & 1 else False


class Compiler:
    """Emits Python for trees over names at fixed places."""

    def __init__(self, places: Mapping[str, int]) -> None:
        self._places = places
        self._constants: dict[str, Any] = {
            **{function.name: function.exact for function in FUNCTIONS.values()},
            **{f"bounds_{function.name}": function.bounds for function in FUNCTIONS.values()},
            **{_OPERATIONS[operator]: exact for operator, (exact, _) in ARITHMETIC.items()},
            **{f"{_OPERATIONS[operator]}_bounds": bounds for operator, (_, bounds) in ARITHMETIC.items()},
            "t": threevalued,
            "known": known,
            "Undefined": threevalued.Undefined,
        }

    def mask(self, node: tree.Node) -> int:
        """The places a tree looks at, as bits."""
        mask = 0
        for name in node.names():
            mask |= 1 << self._places[name]
        return mask

    def exact(self, node: tree.Node) -> Exact:
        """The value of a tree when all it looks at is known. May raise `Undefined`."""
        function: Exact = self._run(f"compiled = lambda v: {self._exact(node, 'v[{}]')}")
        return function

    def bounds(self, node: tree.Node) -> Bounds:
        """What is known of the value of a tree."""
        function: Bounds = self._run(f"compiled = lambda x, u, p: {self._bounds(node)}")
        return function

    def all_known(self, conditions: Sequence[tree.Node]) -> AllKnown:
        """The indexes of the conditions that hold. May raise `Undefined`."""
        tests = [[f"if {self._exact(node, 'v{}')}: fire({index})"] for index, node in enumerate(conditions)]
        body = nested(conditions, tests, lambda name, least: f"v{self._places[name]} >= {least!r}")
        head = ["def compiled(v):", self._unpack(), " fired = []; fire = fired.append"]
        function: AllKnown = self._run("\n".join([*head, *body, " fired.sort()", " return fired"]))
        return function

    def partly_known(self, conditions: Sequence[tree.Node], bounds: Sequence[Bounds]) -> PartlyKnown:
        """The indexes of the conditions that hold, and of those that cannot be decided."""
        tests = []
        for index, (node, slow) in enumerate(zip(conditions, bounds, strict=True)):
            self._constants[f"s{index}"] = slow
            guard = "True" if _may_be_undefined(node) else f"u & {self.mask(node)}"
            tests.append(
                [
                    f"if {guard}:",
                    f" truth = s{index}(x, u, p)",
                    f" if truth: fire({index})",
                    f" elif truth is None: leave({index})",
                    f"elif {self._exact(node, 'v{}')}: fire({index})",
                ]
            )
        body = nested(conditions, tests, lambda name, least: f"x[{self._places[name]}][1] >= {least!r}")
        head = [
            "def compiled(v, u, x, p):",
            self._unpack(),
            " fired = []; fire = fired.append",
            " left = []; leave = left.append",
        ]
        tail = [" fired.sort(); left.sort()", " return fired, left"]
        function: PartlyKnown = self._run("\n".join([*head, *body, *tail]))
        return function

    def _unpack(self) -> str:
        return " (" + "".join(f"v{place}, " for place in range(len(self._places))) + ") = v"

    def _run(self, source: str) -> Any:
        namespace = dict(self._constants)
        exec(compile(source, "<policy>", "exec"), namespace)
        return namespace["compiled"]

    def _listed(self, values: tuple[str, ...]) -> str:
        name = f"l{len(self._constants)}"
        self._constants[name] = frozenset(values)
        return name

    def _exact(self, node: tree.Node, place: str) -> str:
        parts = [self._exact(child, place) for child in node.children()]
        match node:
            case tree.Constant():
                return repr(node.value)
            case tree.NameOf():
                return place.format(self._places[node.name])
            case tree.Known():
                return "True"
            case tree.Not():
                return f"(not {parts[0]})"
            case tree.Negative():
                return f"(-{parts[0]})"
            case tree.Member():
                return f"({parts[0]} {'not in' if node.negated else 'in'} {self._listed(node.values)})"
            case tree.Junction():
                return "(" + f" {node.word} ".join(parts) + ")"
            case tree.Comparison():
                rest = zip(node.operators, parts[1:], strict=True)
                return f"({parts[0]} " + " ".join(f"{operator} {part}" for operator, part in rest) + ")"
            case tree.Arithmetic():
                return f"{_OPERATIONS[node.operator]}({', '.join(parts)})"
            case tree.Call():
                return f"{node.function}({', '.join(parts)})"
            case tree.Choice():
                return f"({parts[1]} if {parts[0]} else {parts[2]})"
        raise AssertionError(node)

    def _bounds(self, node: tree.Node) -> str:
        parts = [self._bounds(child) for child in node.children()]
        match node:
            case tree.Constant():
                return repr((node.value, node.value)) if node.type == "number" else repr(node.value)
            case tree.NameOf():
                return f"x[{self._places[node.name]}]"
            case tree.Known():
                return f"known({self._places[node.name]}, u, p)"
            case tree.Not():
                return f"t.negation({parts[0]})"
            case tree.Negative():
                return f"t.negate_bounds({parts[0]})"
            case tree.Member():
                member = f"t.contained({parts[0]}, {self._listed(node.values)})"
                return f"t.negation({member})" if node.negated else member
            case tree.Junction():
                return f"t.{'conjunction' if node.word == 'and' else 'disjunction'}({', '.join(parts)})"
            case tree.Comparison():
                numeric = node.operands[0].type == "number"
                pairs = [
                    _compared(operator, left, right, numeric)
                    for operator, left, right in zip(node.operators, parts, parts[1:], strict=False)
                ]
                return pairs[0] if len(pairs) == 1 else f"t.conjunction({', '.join(pairs)})"
            case tree.Arithmetic():
                return f"{_OPERATIONS[node.operator]}_bounds({', '.join(parts)})"
            case tree.Call():
                return f"bounds_{node.function}({', '.join(parts)})"
            case tree.Choice():
                return f"t.{'either_bounds' if node.type == 'number' else 'either'}({', '.join(parts)})"
        raise AssertionError(node)


def _compared(operator: str, left: str, right: str, numeric: bool) -> str:
    if operator in _COMPARISONS:
        return f"t.{_COMPARISONS[operator]}({left}, {right})"
    equality = f"t.{'equal' if numeric else 'same'}({left}, {right})"
    return equality if operator == "==" else f"t.negation({equality})"


def _may_be_undefined(node: tree.Node) -> bool:
    return isinstance(node, tree.Arithmetic) or any(_may_be_undefined(child) for child in node.children())
