"""Calibration of each label on comments of natural prevalence (Platt 1999), where there are enough of them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict

from models.training.dataset import Texts
from moderation.errors import ConfigurationError

LEAST_POSITIVES = 30
"""With fewer the slope is noise, and the label stays as the network gives it."""


def calibrate(logits: NDArray[np.float32], natural: Texts) -> dict[str, dict[str, Any]]:
    """The `calibration` of a manifest: p = sigmoid(a * logit + b) for each head.

    `logits` are those of the served model for `natural.texts`. Only annotated labels count, not weak ones. Raises
    `ConfigurationError` where no label of any text does.
    """
    if len(natural) and not (natural.weights >= 1).any():
        raise ConfigurationError(
            "no text held out for calibration has weight 1: give the sources with `natural` no `weight` in the recipe"
        )
    calibration: dict[str, dict[str, Any]] = {}
    for column, head in enumerate(natural.heads):
        inputs, targets = _annotated(logits, natural, column)
        if targets.sum() < LEAST_POSITIVES:
            calibration[head] = {"method": "identity", "a": 1.0, "b": 0.0}
            continue
        fit = _platt().fit(inputs, targets)
        calibration[head] = {"method": "platt", "a": float(fit.coef_[0, 0]), "b": float(fit.intercept_[0])}
    return calibration


def cross_fitted(
    logits: NDArray[np.float32], natural: Texts
) -> dict[str, tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]]:
    """For each head that `calibrate` would fit: raw scores, calibrated scores and labels of its annotated texts.

    Each text is calibrated by a fit on the other four fifths, so that the fit is not judged on what it was made of.
    """
    fitted = {}
    for column, head in enumerate(natural.heads):
        inputs, targets = _annotated(logits, natural, column)
        if targets.sum() >= LEAST_POSITIVES:
            raw = 1 / (1 + np.exp(-inputs[:, 0].astype(np.float64)))
            scores = cross_val_predict(_platt(), inputs, targets, cv=5, method="predict_proba")[:, 1]
            fitted[head] = (raw, scores, targets)
    return fitted


def _annotated(logits: NDArray[np.float32], natural: Texts, column: int) -> tuple[NDArray[np.float32], Any]:
    annotated = natural.weights[:, column] >= 1
    return logits[annotated, column : column + 1], natural.targets[annotated, column] >= 0.5


def _platt() -> LogisticRegression:
    return LogisticRegression(C=1e4)


def expected_calibration_error(scores: NDArray[np.floating], labels: NDArray[np.bool_], bins: int = 15) -> float:
    """Mean gap between score and observed rate over equal-mass bins (Nixon et al. 2019), in [0, 1].

    `scores` and `labels` are 1-D and of one length; raises `ValueError` where they are not.
    """
    if scores.shape != labels.shape or scores.ndim != 1:
        raise ValueError(f"scores {scores.shape} and labels {labels.shape} are not 1-D and of one length")
    parts = np.array_split(np.argsort(scores, kind="stable"), bins)
    gaps = [abs(scores[part].mean() - labels[part].mean()) * len(part) for part in parts if len(part)]
    return float(sum(gaps) / len(scores))
