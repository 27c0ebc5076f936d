"""How well scores order texts: area under the ROC curve and average precision."""

import numpy as np
from scipy.stats import rankdata
from sklearn.metrics import average_precision_score

from models.training.judge.intervals import Estimate, Figure, Flags, Floats, bootstrapped, normal


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
        average_precision=bootstrapped((scores[labels], scores[~labels]), _average_precision),
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


def _average_precision(positives: Floats, negatives: Floats) -> float:
    labels = np.zeros(len(positives) + len(negatives), bool)
    labels[: len(positives)] = True
    return float(average_precision_score(labels, np.concatenate([positives, negatives])))
