"""`noisy_or`"""

from moderation.policy.functions.base import Function
from moderation.policy.threevalued import Interval


def _exact(*scores: float) -> float:
    """1 - (1 - a)(1 - b)..., the noisy-OR of Pearl (1988): the chance of at least one of independent causes."""
    product = 1.0
    for score in scores:
        product *= 1.0 - score
    return 1.0 - product


def _bounds(*scores: Interval) -> Interval:
    return (_exact(*(score[0] for score in scores)), _exact(*(score[1] for score in scores)))


FUNCTION = Function(
    "noisy_or",
    ("number", "number"),
    "number",
    exact=_exact,
    bounds=_bounds,
    meaning="scores that support each other, 1 - (1 - a)(1 - b)...: several middling ones make a high one",
    repeated=True,
    unit=True,
)
