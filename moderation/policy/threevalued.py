"""Values of which only a part is known: numbers as intervals, truth as True, False or None (Kleene 1952).

Each operation returns what holds for every value its arguments may still take, so that learning more never turns
a True into a False or back. Bounds are computed with the very operation they bound: rounding to nearest is
monotonic, so they enclose every result without outward rounding. Arithmetic that gives no finite number (a
division by zero, an overflow) is unknown.
"""

import math
import operator
import sys
from collections.abc import Callable

Interval = tuple[float, float]
Truth = bool | None

LARGEST = sys.float_info.max
ANYTHING: Interval = (-LARGEST, LARGEST)  # some finite number
UNDEFINED: Interval = (-math.inf, math.inf)  # no number at all: wider than anything


class Undefined(ArithmeticError):
    """Arithmetic on known numbers that gives no finite number."""


def add(left: float, right: float) -> float:
    """`left + right`. Raises `Undefined` on overflow."""
    return _finite(left + right)


def subtract(left: float, right: float) -> float:
    """`left - right`. Raises `Undefined` on overflow."""
    return _finite(left - right)


def multiply(left: float, right: float) -> float:
    """`left * right`. Raises `Undefined` on overflow."""
    return _finite(left * right)


def divide(left: float, right: float) -> float:
    """`left / right`. Raises `Undefined` on overflow and division by zero."""
    if right == 0.0:
        raise Undefined
    return _finite(left / right)


def _finite(number: float) -> float:
    if math.isfinite(number):
        return number
    raise Undefined


def add_bounds(left: Interval, right: Interval) -> Interval:
    """Every sum."""
    return _bounded(left[0] + right[0], left[1] + right[1])


def subtract_bounds(left: Interval, right: Interval) -> Interval:
    """Every difference."""
    return _bounded(left[0] - right[1], left[1] - right[0])


def multiply_bounds(left: Interval, right: Interval) -> Interval:
    """Every product: the extremes are among the corners."""
    return _corners(operator.mul, left, right)


def divide_bounds(left: Interval, right: Interval) -> Interval:
    """Every quotient; undefined as soon as the divisor may be zero or may itself be undefined."""
    undefined = right[0] <= 0.0 <= right[1] or math.isinf(right[0]) or math.isinf(right[1])
    return UNDEFINED if undefined else _corners(operator.truediv, left, right)


def _corners(operation: Callable[[float, float], float], left: Interval, right: Interval) -> Interval:
    corners = [operation(a, b) for a in left for b in right]
    if any(math.isnan(corner) for corner in corners):
        return UNDEFINED
    return _bounded(min(corners), max(corners))


def _bounded(low: float, high: float) -> Interval:
    return (low, high) if math.isfinite(low) and math.isfinite(high) else UNDEFINED


def negate_bounds(value: Interval) -> Interval:
    """Every negative."""
    return (-value[1], -value[0])


def less(left: Interval, right: Interval) -> Truth:
    """left < right"""
    return True if left[1] < right[0] else False if left[0] >= right[1] else None


def less_equal(left: Interval, right: Interval) -> Truth:
    """left <= right"""
    return True if left[1] <= right[0] else False if left[0] > right[1] else None


def greater(left: Interval, right: Interval) -> Truth:
    """left > right"""
    return less(right, left)


def greater_equal(left: Interval, right: Interval) -> Truth:
    """left >= right"""
    return less_equal(right, left)


def equal(left: Interval, right: Interval) -> Truth:
    """left == right"""
    if left[1] < right[0] or right[1] < left[0]:
        return False
    return True if left[0] == left[1] == right[0] == right[1] else None


def same(left: object, right: object) -> Truth:
    """Equality of texts or truth values; None is unknown."""
    return None if left is None or right is None else left == right


def contained(value: str | None, values: frozenset[str]) -> Truth:
    """Whether a text is in a list."""
    return None if value is None else value in values


def negation(value: Truth) -> Truth:
    """not"""
    return None if value is None else not value


def conjunction(*values: Truth) -> Truth:
    """and: False as soon as one is False."""
    return False if False in values else None if None in values else True


def disjunction(*values: Truth) -> Truth:
    """or: True as soon as one is True."""
    return True if True in values else None if None in values else False


def either(condition: Truth, then: object, otherwise: object) -> object:
    """`then if condition else otherwise` of texts or truth values."""
    if condition is not None:
        return then if condition else otherwise
    return then if then == otherwise else None


def either_bounds(condition: Truth, then: Interval, otherwise: Interval) -> Interval:
    """`then if condition else otherwise` of numbers: both, while the condition is unknown."""
    if condition is not None:
        return then if condition else otherwise
    return (min(then[0], otherwise[0]), max(then[1], otherwise[1]))


ARITHMETIC: dict[str, tuple[Callable[[float, float], float], Callable[[Interval, Interval], Interval]]] = {
    "+": (add, add_bounds),
    "-": (subtract, subtract_bounds),
    "*": (multiply, multiply_bounds),
    "/": (divide, divide_bounds),
}
"""Operator -> what it does with known numbers, and with intervals."""

COMPARISONS: dict[str, Callable[[Interval, Interval], Truth]] = {
    "<": less,
    "<=": less_equal,
    ">": greater,
    ">=": greater_equal,
    "==": equal,
    "!=": lambda left, right: negation(equal(left, right)),
}
"""Operator -> how it compares intervals."""
