"""Calibration of each label on comments of natural prevalence (Platt 1999), where there are enough of them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from models.training.dataset import Texts
from models.training.examples import HEADS

LEAST_POSITIVES = 30
"""With fewer the slope is noise, and the label stays as the network gives it."""


def calibrate(logits: NDArray[np.float32], natural: Texts) -> dict[str, dict[str, Any]]:
    """The `calibration` of a manifest: p = sigmoid(a * logit + b) for each head.

    `logits` are those of the served model for `natural.texts`. Only annotated labels count, not weak ones.
    """
    calibration: dict[str, dict[str, Any]] = {}
    for column, head in enumerate(HEADS):
        annotated = natural.weights[:, column] >= 1
        targets = natural.targets[annotated, column] >= 0.5
        if targets.sum() < LEAST_POSITIVES:
            calibration[head] = {"method": "identity", "a": 1.0, "b": 0.0}
            continue
        fit = LogisticRegression(C=1e4).fit(logits[annotated, column : column + 1], targets)
        calibration[head] = {"method": "platt", "a": float(fit.coef_[0, 0]), "b": float(fit.intercept_[0])}
    return calibration


def expected_calibration_error(scores: NDArray[np.float64], labels: NDArray[np.bool_], bins: int = 15) -> float:
    """Mean gap between score and observed rate over equal-mass bins (Nixon et al. 2019), in [0, 1].

    `scores` and `labels` are 1-D and of one length; raises `ValueError` where they are not.
    """
    if scores.shape != labels.shape or scores.ndim != 1:
        raise ValueError(f"scores {scores.shape} and labels {labels.shape} are not 1-D and of one length")
    parts = np.array_split(np.argsort(scores, kind="stable"), bins)
    gaps = [abs(scores[part].mean() - labels[part].mean()) * len(part) for part in parts if len(part)]
    return float(sum(gaps) / len(scores))
