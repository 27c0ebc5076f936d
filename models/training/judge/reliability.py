"""Whether a score of 0.3 means three in ten: calibration error, and the table behind the plot."""

import numpy as np

from models.training.calibrate import expected_calibration_error
from models.training.judge.intervals import Estimate, Figure, Flags, Floats, Share, bootstrapped, rounded, share

EDGES = (0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Of the table's bins: narrower below, where nearly all ordinary texts are."""


class Bin(Figure):
    """The texts with a score from `low` to below `high` (the last bin has its end)."""

    low: float
    high: float
    mean_score: float
    observed: Share


class Reliability(Figure):
    """Of one category on one set of natural prevalence. `before` is without calibration."""

    texts: int
    positives: int
    before: Estimate
    error: Estimate
    bins: list[Bin]


def reliability(scores: Floats, raw: Floats, labels: Flags) -> Reliability:
    """Errors with bootstrap intervals; `raw` are the scores before calibration."""
    return Reliability(
        texts=len(labels),
        positives=int(labels.sum()),
        before=_error(raw, labels),
        error=_error(scores, labels),
        bins=bins(scores, labels),
    )


def bins(scores: Floats, labels: Flags) -> list[Bin]:
    """The bins that hold a text, in order."""
    places = np.clip(np.digitize(scores, EDGES) - 1, 0, len(EDGES) - 2)
    return [
        Bin(
            low=EDGES[place],
            high=EDGES[place + 1],
            mean_score=rounded(scores[places == place].mean()),
            observed=share(labels[places == place]),
        )
        for place in np.unique(places)
    ]


def _error(scores: Floats, labels: Flags) -> Estimate:
    def error(scores: Floats, labels: Floats) -> float:
        return expected_calibration_error(scores, labels > 0.5)

    return bootstrapped((scores, labels.astype(float)), error, paired=True)
