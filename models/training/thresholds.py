"""The shipped operating point of each label: the score from which it counts as found.

Chosen on texts that were held out of training, never on an evaluation set. On the mixture of the training sources
it is the highest at which recall less false alarms (Youden 1950) is as great as can be told; this does not depend on
how many positives there are. Where that would find more than `MOST_FALSE_ALARMS` of the harmless comments of natural
prevalence, the point is moved up until it does not. Where nothing of natural prevalence is annotated, the harmless
texts of the mixture take its place: they are harder, so fewer offences are found.
"""

import math

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_curve

from models.training.dataset import Texts

MOST_FALSE_ALARMS = 0.02


def thresholds(
    valid: tuple[NDArray[np.floating], Texts],
    natural: tuple[NDArray[np.floating], Texts],
    most_false_alarms: float = MOST_FALSE_ALARMS,
) -> dict[str, float]:
    """The `thresholds` of a manifest. Both parts come with their calibrated scores, shape (texts, heads).

    Where `valid` has no positives or no negatives of a label, all of its texts being kept for calibration,
    `natural` takes its place; where that has none either, there is no threshold.
    """
    chosen = {}
    for column, label in enumerate(valid[1].heads):
        best = youden(*_column(*valid, column))
        if best is None:
            best = youden(*_column(*natural, column))
        if best is not None:
            scores, targets, _ = _column(*natural, column)
            if not len(scores):
                scores, targets, _ = _column(*valid, column)
            # Down, where the rest is rounded up: the lowest score that should be found is the threshold itself.
            chosen[label] = round(max(math.floor(best * 1e4) / 1e4, quiet(scores[~targets], most_false_alarms)), 4)
    return chosen


def youden(scores: NDArray[np.floating], targets: NDArray[np.bool_], weights: NDArray[np.floating]) -> float | None:
    """The highest threshold at which weighted recall less false alarms is as great as it can be, to a standard error.

    None where a class is missing. Recall and false alarms change little around the best point, which chance puts
    anywhere there: of the points that are as good as the best for all we know (Breiman et al. 1984, the rule of one
    standard error), the highest accuses the fewest.
    """
    positives, negatives = int(targets.sum()), int((~targets).sum())
    if not positives or not negatives:
        return None
    false_alarms, recall, points = roc_curve(targets, scores, sample_weight=weights, drop_intermediate=False)
    gain = recall - false_alarms
    best = int(np.argmax(gain))
    error = np.sqrt(_variance(recall[best], positives) + _variance(false_alarms[best], negatives))
    return float(np.clip(points[gain >= gain[best] - error].max(), 0.0, 1.0))


def _variance(share: float, count: int) -> float:
    """Of a share of so many, kept from zero where all or none were counted (Agresti and Coull 1998)."""
    share = (share * count + 2) / (count + 4)
    return share * (1 - share) / (count + 4)


def quiet(harmless: NDArray[np.floating], most: float) -> float:
    """The least threshold that at most a share of `most` of the scores reach; 0 where there are none."""
    allowed = int(most * len(harmless))
    if allowed >= len(harmless):
        return 0.0
    # The highest score that must not be reached is the one after the allowed ones.
    return float(min(1.0, np.nextafter(np.sort(harmless)[::-1][allowed], np.inf) + 5e-5))


def _column(
    scores: NDArray[np.floating], texts: Texts, column: int
) -> tuple[NDArray[np.floating], NDArray[np.bool_], NDArray[np.floating]]:
    annotated = texts.weights[:, column] > 0
    return scores[annotated, column], texts.targets[annotated, column] >= 0.5, texts.weights[annotated, column]
