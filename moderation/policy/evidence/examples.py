"""Posts with a score and a judgement: what a threshold is resolved against."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """`scores` in [0, 1], `right` whether a post is what the signal looks for, `weights` above 0: 1-D, of one length.

    A weight is how many posts an example stands for; all are 1 where it is not `weighted`. `models` scored them, as
    far as the file says so. `unused` rows had no judgement, score or weight.
    """

    scores: NDArray[np.float64]
    right: NDArray[np.bool_]
    weights: NDArray[np.float64]
    weighted: bool = False
    models: tuple[str, ...] = ()
    unused: int = 0

    def __len__(self) -> int:
        return len(self.scores)

    @property
    def positives(self) -> int:
        """How many are what the signal looks for."""
        return int(self.right.sum())


def as_common_as(examples: Examples, prevalence: float | None) -> Examples:
    """The examples with weights of which `prevalence` are right; as they are for None, or where all are of one kind.

    Right for evidence that has another share, if posts of either kind score alike here and there ("label shift").
    """
    right = examples.right
    if prevalence is None or right.all() or not right.any():
        return examples
    sought, others = examples.weights[right].sum(), examples.weights[~right].sum()
    weights = examples.weights * np.where(right, prevalence / sought, (1.0 - prevalence) / others)
    return replace(examples, weights=weights, weighted=True)


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """What lies at or above each of some thresholds: arrays of one shape.

    `above` and `right` count examples; `hits` and `misfires` are the weights of those that are right and wrong,
    `hits_squared` and `misfires_squared` the sums of their squares, and `heaviest` the greatest weight of all examples.
    """

    thresholds: NDArray[np.float64]
    above: NDArray[np.int64]
    right: NDArray[np.int64]
    hits: NDArray[np.float64]
    misfires: NDArray[np.float64]
    hits_squared: NDArray[np.float64]
    misfires_squared: NDArray[np.float64]
    heaviest: float

    @property
    def precision(self) -> NDArray[np.float64]:
        """Weighted; 0 where nothing is above."""
        total = self.hits + self.misfires
        return np.divide(self.hits, total, out=np.zeros_like(total), where=total > 0)


def counted(examples: Examples, thresholds: NDArray[np.float64]) -> Counts:
    """The examples at or above each threshold."""
    order = np.argsort(-examples.scores, kind="stable")
    above = np.searchsorted(-examples.scores[order], -thresholds, side="right")
    right, weights = examples.right[order], examples.weights[order]

    def sums(values: NDArray[np.float64]) -> NDArray[np.float64]:
        found: NDArray[np.float64] = np.concatenate(([0.0], np.cumsum(values)))[above]
        return found

    return Counts(
        thresholds,
        above,
        np.concatenate(([0], np.cumsum(right)))[above],
        sums(weights * right),
        sums(weights * ~right),
        sums(weights**2 * right),
        sums(weights**2 * ~right),
        float(examples.weights.max(initial=0.0)),
    )
