"""`min`"""

from moderation.policy.functions.base import Function
from moderation.policy.threevalued import Interval


def _bounds(*values: Interval) -> Interval:
    return (min(value[0] for value in values), min(value[1] for value in values))


FUNCTION = Function(
    "min",
    ("number", "number"),
    "number",
    exact=min,
    bounds=_bounds,
    meaning="the smallest of its numbers; with one unknown it is at most the smallest that is known",
    repeated=True,
)
