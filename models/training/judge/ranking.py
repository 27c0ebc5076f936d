"""How well scores order texts: area under the ROC curve and average precision."""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from models.training.judge.intervals import CONFIDENCE, RESAMPLES, Estimate, Figure, Flags, Floats, normal, rounded

RESAMPLES_AT_ONCE = 20
"""Bounds memory: 20,000 texts take 3 MB each."""


class Ranking(Figure):
    """Of one category on one set. Average precision depends on the share of positives, so compare it on one set."""

    positives: int
    negatives: int
    auc: Estimate
    average_precision: Estimate


def ranking(labels: Flags, scores: Floats) -> Ranking | None:
    """None where only one of the classes is there."""
    if not 0 < labels.sum() < len(labels):
        return None
    return Ranking(
        positives=int(labels.sum()),
        negatives=int((~labels).sum()),
        auc=auc(scores[labels], scores[~labels]),
        average_precision=average_precision(scores[labels], scores[~labels]),
    )


def auc(positives: Floats, negatives: Floats) -> Estimate:
    """The area with DeLong's interval (DeLong et al. 1988), by ranks in n log n (Sun and Xu 2014).

    Of no positives or no negatives nothing is known: 0.5, from 0 to 1.
    """
    if not len(positives) or not len(negatives):
        return Estimate(value=0.5, low=0.0, high=1.0)
    ranks = rankdata(np.concatenate([positives, negatives]))
    # For each positive the share of negatives below it, ties as halves; for each negative that of positives above.
    below = (ranks[: len(positives)] - rankdata(positives)) / len(negatives)
    above = 1 - (ranks[len(positives) :] - rankdata(negatives)) / len(positives)
    variance = sum(part.var(ddof=1) / len(part) for part in (below, above) if len(part) > 1)
    return normal(float(below.mean()), float(variance), 0.0, 1.0)


def average_precision(positives: Floats, negatives: Floats) -> Estimate:
    """With the percentile interval of a seeded bootstrap that redraws both classes; neither may be empty.

    The scores are sorted once and a redrawn sample is a count of each text: calling scikit-learn for every sample
    takes a minute for all sets.
    """
    scores = np.concatenate([positives, negatives])
    order = np.argsort(-scores, kind="stable")
    positive = order < len(positives)
    # The places after which the score falls: texts with one score are found together.
    ends = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)
    chance = np.random.default_rng(0)
    drawn = []
    for _ in range(RESAMPLES // RESAMPLES_AT_ONCE):
        counts = np.concatenate([_redrawn(len(positives), chance), _redrawn(len(negatives), chance)], axis=1)
        drawn.append(_average_precisions(counts[:, order], positive, ends))
    low, high = np.quantile(np.concatenate(drawn), [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    [value] = _average_precisions(np.ones((1, len(scores)), np.int64), positive, ends)
    return Estimate(value=rounded(value), low=rounded(low), high=rounded(high))


def _redrawn(count: int, chance: np.random.Generator) -> NDArray[np.int64]:
    """How often each of `count` texts is drawn when as many are, for some samples, a row each."""
    places = chance.integers(count, size=(RESAMPLES_AT_ONCE, count)) + count * np.arange(RESAMPLES_AT_ONCE)[:, None]
    return np.bincount(places.ravel(), minlength=count * RESAMPLES_AT_ONCE).reshape(RESAMPLES_AT_ONCE, count)


def _average_precisions(counts: NDArray[np.int64], positive: Flags, ends: NDArray[np.int64]) -> Floats:
    """The mean of the precisions at which each positive is found, for samples of texts in falling order."""
    found = np.cumsum(counts, axis=1)[:, ends]
    right = np.cumsum(counts * positive, axis=1)[:, ends]
    gained = np.diff(right, axis=1, prepend=0)
    precisions: Floats = right / np.maximum(found, 1)
    return (gained * precisions).sum(axis=1) / right[:, -1]
