"""`max`"""

from moderation.policy.functions.base import Function
from moderation.policy.threevalued import Interval


def _bounds(*values: Interval) -> Interval:
    return (max(value[0] for value in values), max(value[1] for value in values))


FUNCTION = Function(
    "max",
    ("number", "number"),
    "number",
    exact=max,
    bounds=_bounds,
    meaning="the greatest of its numbers; with one unknown it is at least the greatest that is known",
    repeated=True,
)
