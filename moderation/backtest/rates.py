"""Precision and recall from labels, with intervals."""

from collections.abc import Mapping
from dataclasses import dataclass

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of labelled posts, weighted where they were drawn with known probabilities. `of` counts posts."""

    value: float
    low: float
    high: float
    of: int


def rate(right: Mapping[float, int], wrong: Mapping[float, int]) -> Rate | None:
    """The share of the right ones, with its 95 % interval; None where there is nothing. Posts by weight.

    Clopper and Pearson's interval where posts count alike; see `moderation.policy.evidence.bounds` for weighted ones.
    """
    import numpy as np

    from moderation.policy.evidence.bounds import precision_interval
    from moderation.policy.evidence.examples import Counts

    if not right and not wrong:
        return None

    def summed(posts: Mapping[float, int], power: int) -> float:
        return sum(weight**power * count for weight, count in sorted(posts.items()))

    hits, misfires = summed(right, 1), summed(wrong, 1)
    count = sum(right.values()) + sum(wrong.values())
    counts = Counts(
        thresholds=np.zeros(1),
        above=np.array([count]),
        right=np.array([sum(right.values())]),
        hits=np.array([hits]),
        misfires=np.array([misfires]),
        hits_squared=np.array([summed(right, 2)]),
        misfires_squared=np.array([summed(wrong, 2)]),
        heaviest=float(max((*right, *wrong))),
    )
    low, high = precision_interval(counts, CONFIDENCE)
    return Rate(hits / (hits + misfires), float(low[0]), float(high[0]), count)
