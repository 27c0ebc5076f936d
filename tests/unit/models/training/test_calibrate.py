"""Calibration fits what is annotated, of natural prevalence, and is judged on what it was not fitted on."""

import numpy as np
import pytest

from models.training.calibrate import LEAST_POSITIVES, calibrate, cross_fitted, expected_calibration_error
from models.training.dataset import Texts
from moderation.errors import ConfigurationError

COUNT = 4000


def made(
    positives: int = COUNT, weight: float = 1.0
) -> tuple[np.ndarray[tuple[int, int], np.dtype[np.float32]], Texts]:
    """Logits x of two heads and texts that are positive with probability sigmoid(2 x - 1), for so many at most."""
    chance = np.random.default_rng(0)
    logits = chance.normal(0, 1.5, (COUNT, 2)).astype(np.float32)
    targets = (chance.uniform(size=(COUNT, 2)) < 1 / (1 + np.exp(1 - 2 * logits))).astype(np.float32)
    for column in range(2):
        targets[np.flatnonzero(targets[:, column])[positives:], column] = 0
    weights = np.full((COUNT, 2), weight, np.float32)
    weights[:, 1] = 0.25 * weight
    return logits, Texts(["text"] * COUNT, targets, weights, ["made"] * COUNT, ("toxicity", "hate"))


def test_slope_and_intercept_are_found_again_and_weak_labels_are_not_fitted() -> None:
    found = calibrate(*made())
    assert found["toxicity"]["a"] == pytest.approx(2, abs=0.15)
    assert found["toxicity"]["b"] == pytest.approx(-1, abs=0.15)
    assert found["hate"] == {"method": "identity", "a": 1.0, "b": 0.0}


def test_a_label_with_too_few_positives_stays_as_it_is() -> None:
    assert calibrate(*made(positives=LEAST_POSITIVES - 1))["toxicity"]["method"] == "identity"


def test_texts_that_all_weigh_less_are_refused_with_what_to_change() -> None:
    with pytest.raises(ConfigurationError, match="give the sources with `natural` no `weight`"):
        calibrate(*made(weight=0.7))


def test_every_text_is_calibrated_by_a_fit_without_it() -> None:
    logits, texts = made()
    raw, scores, labels = cross_fitted(logits, texts)["toxicity"]
    assert len(raw) == len(scores) == len(labels) == COUNT
    assert expected_calibration_error(scores, labels) < 0.03 < expected_calibration_error(raw, labels)
    # In logits one fit would be one straight line.
    before, after = np.log(raw / (1 - raw)), np.log(scores / (1 - scores))
    assert np.abs(after - np.polyval(np.polyfit(before, after, 1), before)).max() > 1e-3


def test_the_error_is_the_mean_gap_of_the_bins() -> None:
    scores, labels = np.array([0.1, 0.3, 0.6, 0.8]), np.array([False, False, True, True])
    # Two bins of two: 0.2 against 0, 0.7 against 1.
    assert expected_calibration_error(scores, labels, bins=2) == pytest.approx((0.2 + 0.3) / 2)
    with pytest.raises(ValueError, match="one length"):
        expected_calibration_error(scores, labels[:2])
