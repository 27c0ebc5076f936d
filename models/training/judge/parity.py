"""Two graphs of one model over the same texts: what a lower precision changes."""

from collections.abc import Sequence

import numpy as np
from sklearn.metrics import roc_auc_score

from models.training.judge.intervals import Figure, Flags, Floats, Share, rounded, share

LEAST_OF_A_CLASS = 20
"""With fewer texts one that moves past another changes an area by more than a precision is worth."""


class Area(Figure):
    """The area under the ROC curve by each of the graphs."""

    exact: float
    ours: float

    @property
    def delta(self) -> float:
        """How much ours differs, either way."""
        return abs(self.ours - self.exact)


class Parity(Figure):
    """`flipped` are decisions at the shipped thresholds that differ: of a category, and of any."""

    texts: int
    flipped: dict[str, Share]
    any: Share
    moved_p99: float
    """The 99th percentile, over the texts, of the largest change among the scores of a text."""
    moved_most: float
    auc: dict[str, dict[str, Area]]
    """Set -> category -> areas, where a set has enough of both classes."""

    @property
    def auc_delta(self) -> float:
        """The largest change of an area."""
        return max((area.delta for areas in self.auc.values() for area in areas.values()), default=0.0)


def parity(
    categories: Sequence[str],
    exact: tuple[Floats, Flags],
    ours: tuple[Floats, Flags],
    auc: dict[str, dict[str, Area]],
) -> Parity:
    """Both graphs come with their scores and decisions, shape (texts, categories)."""
    (exact_scores, exact_found), (scores, found) = exact, ours
    flipped = found != exact_found
    moved = np.abs(scores - exact_scores).max(axis=1)
    return Parity(
        texts=len(scores),
        flipped={str(category): share(flipped[:, column]) for column, category in enumerate(categories)},
        any=share(flipped.any(axis=1)),
        moved_p99=rounded(np.quantile(moved, 0.99)),
        moved_most=rounded(moved.max()),
        auc=auc,
    )


def area(labels: Flags, exact: Floats, ours: Floats) -> Area | None:
    """None where one of the classes has hardly a text."""
    if min(labels.sum(), (~labels).sum()) < LEAST_OF_A_CLASS:
        return None
    return Area(exact=rounded(roc_auc_score(labels, exact)), ours=rounded(roc_auc_score(labels, ours)))
