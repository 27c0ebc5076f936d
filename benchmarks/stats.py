"""The few statistics that results are made of."""

import statistics
from collections.abc import Sequence

import numpy as np

SKIPPED = 0.1
"""Share of the records at either end of a run that is no steady state: warming up, running dry."""


def percentile(values: Sequence[float], share: float) -> float:
    """Linear between the two nearest ranks; `share` in [0, 1]. Raises `ValueError` without values."""
    if not values:
        raise ValueError("no values")
    return float(np.quantile(np.asarray(values, dtype=np.float64), share))


def median(values: Sequence[float]) -> float:
    """Raises `ValueError` without values."""
    if not values:
        raise ValueError("no values")
    return statistics.median(values)


def steady_rate(times: Sequence[float], skipped: float = SKIPPED) -> float:
    """Records per second over the middle of a run; `times` are when each was done, in seconds, in any order.

    Records come in bursts. Counted is what came after one burst up to and with a later one, so that the work
    behind every counted record lies inside the time it is divided by. Raises `ValueError` where the middle of the
    run is a single burst.
    """
    ordered = np.sort(np.asarray(times, dtype=np.float64))
    if len(ordered) < 3:
        raise ValueError(f"{len(ordered)} records are too few for a rate")
    first = ordered[int(len(ordered) * skipped)]
    last = ordered[int((len(ordered) - 1) * (1 - skipped))]
    if last <= first:
        raise ValueError(f"all {len(ordered)} records came at once: take more for a rate")
    return float(np.count_nonzero((ordered > first) & (ordered <= last)) / (last - first))
