"""`abs`"""

from moderation.policy.functions.base import Function
from moderation.policy.threevalued import Interval


def _bounds(value: Interval) -> Interval:
    low, high = value
    if low >= 0.0:
        return value
    return (-high, -low) if high <= 0.0 else (0.0, max(-low, high))


FUNCTION = Function("abs", ("number",), "number", exact=abs, bounds=_bounds, meaning="the number without its sign")
