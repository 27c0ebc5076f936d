"""The condition language again, as slowly and plainly as possible: walks Python's own syntax tree of the text.

Shares no code with the compiler. A value is a pair (least, greatest) for numbers, the set of what it may be for
truth values, the set of the one text it is for texts; `None` in place of a set is "any text".
"""

import ast
import math
from dataclasses import dataclass, field
from typing import Any

NOTHING_IS_KNOWN = (-math.inf, math.inf)


@dataclass
class World:
    """`known`: values by name. `ranges`: what a number can be while unknown. `pending`: names that may still come."""

    known: dict[str, Any]
    ranges: dict[str, tuple[float, float]]
    pending: set[str]
    lists: dict[str, list[str]] = field(default_factory=dict)
    derived: dict[str, str] = field(default_factory=dict)
    texts: set[str] = field(default_factory=set)

    def truth(self, condition: str) -> bool | None:
        """True, False, or None when it depends on what is not known."""
        possible = self._walk(ast.parse(condition.strip(), mode="eval").body)
        return next(iter(possible)) if len(possible) == 1 else None

    def _walk(self, node: ast.AST) -> Any:
        return getattr(self, f"_{type(node).__name__.lower()}")(node)

    def _constant(self, node: ast.Constant) -> Any:
        if isinstance(node.value, bool | str):
            return {node.value}
        return (float(node.value), float(node.value))

    def _name(self, node: ast.AST) -> Any:
        name = ast.unparse(node)
        if name in ("true", "false"):
            return {name == "true"}
        if name in self.derived:
            return self._walk(ast.parse(self.derived[name], mode="eval").body)
        if name in self.known:
            value = self.known[name]
            return {value} if isinstance(value, bool | str) else (float(value), float(value))
        if name in self.ranges:
            return self.ranges[name]
        return None if name in self.texts else {True, False}

    _attribute = _name

    def _unaryop(self, node: ast.UnaryOp) -> Any:
        value = self._walk(node.operand)
        if isinstance(node.op, ast.Not):
            return {not truth for truth in value}
        return (-value[1], -value[0])

    def _boolop(self, node: ast.BoolOp) -> Any:
        values = [self._walk(value) for value in node.values]
        if isinstance(node.op, ast.And):
            if any(value == {False} for value in values):
                return {False}
            return {True} if all(value == {True} for value in values) else {True, False}
        if any(value == {True} for value in values):
            return {True}
        return {False} if all(value == {False} for value in values) else {True, False}

    def _binop(self, node: ast.BinOp) -> Any:
        left, right = self._walk(node.left), self._walk(node.right)
        if any(math.isinf(end) for end in (*left, *right)):
            return NOTHING_IS_KNOWN
        results = []
        for a in left:
            for b in right:
                if isinstance(node.op, ast.Div):
                    if right[0] <= 0 <= right[1]:
                        return NOTHING_IS_KNOWN
                    results.append(a / b)
                elif isinstance(node.op, ast.Add):
                    results.append(a + b)
                elif isinstance(node.op, ast.Sub):
                    results.append(a - b)
                else:
                    results.append(a * b)
        finite = all(math.isfinite(result) for result in results)
        return (min(results), max(results)) if finite else NOTHING_IS_KNOWN

    def _compare(self, node: ast.Compare) -> Any:
        truths = []
        left = self._walk(node.left)
        for operator, side in zip(node.ops, node.comparators, strict=True):
            if isinstance(operator, ast.In | ast.NotIn):
                name = ast.unparse(side)
                listed = self.lists[name] if name in self.lists else ast.literal_eval(side)
                found = {True, False} if left is None else {text in listed for text in left}
                truths.append({not truth for truth in found} if isinstance(operator, ast.NotIn) else found)
                continue
            right = self._walk(side)
            truths.append(_compared(operator, left, right))
            left = right
        if any(truth == {False} for truth in truths):
            return {False}
        return {True} if all(truth == {True} for truth in truths) else {True, False}

    def _ifexp(self, node: ast.IfExp) -> Any:
        condition = self._walk(node.test)
        if condition == {True}:
            return self._walk(node.body)
        if condition == {False}:
            return self._walk(node.orelse)
        then, otherwise = self._walk(node.body), self._walk(node.orelse)
        if then is None or otherwise is None:
            return None
        if isinstance(then, set):
            either = then | otherwise
            # One text or another is any text: only numbers keep what is known of them.
            return either if len(either) == 1 or either == {True, False} else None
        return (min(then[0], otherwise[0]), max(then[1], otherwise[1]))

    def _call(self, node: ast.Call) -> Any:
        function = ast.unparse(node.func)
        if function == "known":
            return self._is_known(ast.unparse(node.args[0]))
        arguments = [self._walk(argument) for argument in node.args]
        if function == "lower":
            return None if arguments[0] is None else {text.lower() for text in arguments[0]}
        if function == "abs":
            low, high = arguments[0]
            return (0.0 if low <= 0 <= high else min(abs(low), abs(high)), max(abs(low), abs(high)))
        if function == "noisy_or":
            ends = []
            for end in (0, 1):
                product = 1.0
                for argument in arguments:
                    product *= 1.0 - argument[end]
                ends.append(1.0 - product)
            return tuple(ends)
        best = {"max": max, "min": min}[function]
        return (best(a[0] for a in arguments), best(a[1] for a in arguments))

    def _is_known(self, name: str) -> set[bool]:
        value = self._walk(ast.parse(name, mode="eval").body)
        if value is not None and (len(value) == 1 if isinstance(value, set) else value[0] == value[1]):
            return {True}
        return {True, False} if self._rests_on(name) & self.pending else {False}

    def _rests_on(self, name: str) -> set[str]:
        if name not in self.derived:
            return {name}
        body = ast.parse(self.derived[name], mode="eval").body
        found = [ast.unparse(node) for node in ast.walk(body) if isinstance(node, ast.Name | ast.Attribute)]
        return {name}.union(*(self._rests_on(part) for part in found))


def _compared(operator: ast.cmpop, left: Any, right: Any) -> set[bool]:
    if left is None or right is None:
        return {True, False}
    if isinstance(left, set):
        single = len(left) == 1 and len(right) == 1
        equal = {left == right} if single else {True, False}
        return {not truth for truth in equal} if isinstance(operator, ast.NotEq) else equal
    a, b = left
    c, d = right
    never_true, never_false = {
        ast.Lt: (a >= d, b < c),
        ast.LtE: (a > d, b <= c),
        ast.Gt: (b <= c, a > d),
        ast.GtE: (b < c, a >= d),
        ast.Eq: (b < c or d < a, a == b == c == d),
        ast.NotEq: (a == b == c == d, b < c or d < a),
    }[type(operator)]
    return {True} if never_false else {False} if never_true else {True, False}
