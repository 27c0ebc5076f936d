"""What the model is worth, from pictures that the model of their fold never saw."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict

from models.manifest import Calibration
from models.training.judge.intervals import Estimate, Figure, Share, share
from models.training.judge.ranking import Ranking, ranking
from models.training.pictures.reading import Picture
from models.training.thresholds import quiet, youden

MOST_FALSE_ALARMS = 0.01
"""Of harmless pictures that the shipped threshold may find, in cross-validation."""


class OfCategory(Figure):
    """One category. `recall` and `alarms` are at the threshold; `by_label` counts what is found per exact label."""

    ranking: Ranking
    threshold: float
    recall: Share
    alarms: Share
    by_label: dict[str, Share]
    disguised: dict[str, Share]
    harmless: Share


class Evaluation(Figure):
    """`evaluation.json` of a picture model."""

    model: str
    sha256: str
    pictures: dict[str, int]
    folds: int
    categories: dict[str, OfCategory]
    parity: float
    milliseconds: Estimate
    machine: str


def calibration(logits: NDArray[np.float64], targets: NDArray[np.float32]) -> Calibration:
    """Platt's fit for one category. The share of positives is that of the recipe's pictures, not of yours."""
    fit = LogisticRegression(C=1e4).fit(logits[:, None], targets >= 0.5)
    return Calibration(method="platt", a=round(float(fit.coef_[0, 0]), 6), b=round(float(fit.intercept_[0]), 6))


def cross_calibrated(logits: NDArray[np.float64], targets: NDArray[np.float32]) -> NDArray[np.float64]:
    """Scores, each by a fit on the other four fifths."""
    fitted = LogisticRegression(C=1e4)
    scores: NDArray[np.float64] = cross_val_predict(
        fitted, logits[:, None], targets >= 0.5, cv=5, method="predict_proba"
    )[:, 1]
    return scores


def threshold(scores: NDArray[np.float64], targets: NDArray[np.float32]) -> float:
    """As for texts: the best point, moved up until at most `MOST_FALSE_ALARMS` of the harmless are found."""
    found = targets >= 0.5
    best = youden(scores, found, np.ones(len(scores))) or 0.5
    return round(max(best, quiet(scores[~found], MOST_FALSE_ALARMS)), 4)


def of_category(
    found: Sequence[Picture],
    scores: NDArray[np.float64],
    targets: NDArray[np.float32],
    point: float,
    disguised: Mapping[str, NDArray[np.float64]],
    harmless: NDArray[np.float64],
) -> OfCategory:
    """Figures of one category; `disguised` has scores of every picture under each disguise."""
    positive = targets >= 0.5
    ranked = ranking(positive, scores)
    assert ranked is not None, "a category without pictures, or nothing but"
    flags = scores >= point
    return OfCategory(
        ranking=ranked,
        threshold=point,
        recall=share(flags[positive]),
        alarms=share(flags[~positive]),
        by_label={
            label: share(flags[[picture.label == label for picture in found]])
            for label in sorted({picture.label for picture in found})
        },
        disguised={name: share(each[positive] >= point) for name, each in disguised.items()},
        harmless=share(harmless >= point),
    )


def counts(found: Sequence[Picture]) -> dict[str, int]:
    """Pictures by label."""
    return dict(sorted(Counter(picture.label for picture in found).items()))
