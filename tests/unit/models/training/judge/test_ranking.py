"""Areas and average precision against slow references."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from models.training.judge.ranking import auc, average_precision, ranking

scores = st.lists(st.integers(0, 5).map(float), min_size=1, max_size=12)


def pairs(positives: list[float], negatives: list[float]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """1 where a positive is above a negative, a half where they tie."""
    return np.array([[(p > n) + 0.5 * (p == n) for n in negatives] for p in positives], float)


@given(scores, scores)
def test_the_area_is_the_share_of_pairs_in_order(positives: list[float], negatives: list[float]) -> None:
    found = auc(np.array(positives), np.array(negatives))
    assert found.value == pytest.approx(pairs(positives, negatives).mean(), abs=1e-5)
    assert 0 <= found.low <= found.value + 1e-5
    assert found.value - 1e-5 <= found.high <= 1


@given(scores.filter(lambda s: len(s) > 1), scores.filter(lambda s: len(s) > 1))
def test_the_interval_is_delongs(positives: list[float], negatives: list[float]) -> None:
    table = pairs(positives, negatives)
    variance = table.mean(axis=1).var(ddof=1) / len(positives) + table.mean(axis=0).var(ddof=1) / len(negatives)
    found = auc(np.array(positives), np.array(negatives))
    assert found.low == pytest.approx(max(0.0, table.mean() - 1.959964 * np.sqrt(variance)), abs=2e-5)
    assert found.high == pytest.approx(min(1.0, table.mean() + 1.959964 * np.sqrt(variance)), abs=2e-5)


def test_the_interval_is_about_that_of_resampling() -> None:
    chance = np.random.default_rng(0)
    positives, negatives = chance.normal(1, 1, 150), chance.normal(0, 1, 200)
    drawn = [
        auc(chance.choice(positives, 150), chance.choice(negatives, 200)).value for _ in itertools.repeat(None, 300)
    ]
    found = auc(positives, negatives)
    assert [found.low, found.high] == pytest.approx(np.quantile(drawn, [0.025, 0.975]).tolist(), abs=0.02)


def test_average_precision_is_the_mean_precision_at_each_positive() -> None:
    labels = np.array([True, False, True, False, False])
    found = ranking(labels, np.array([0.9, 0.8, 0.7, 0.2, 0.1]))
    assert found is not None
    assert found.average_precision.value == pytest.approx((1 / 1 + 2 / 3) / 2, abs=1e-5)
    assert found.auc.value == pytest.approx(5 / 6, abs=1e-5)
    assert (found.positives, found.negatives) == (2, 3)


@given(scores, scores)
def test_average_precision_is_that_of_scikit_learn_also_for_ties(
    positives: list[float], negatives: list[float]
) -> None:
    labels = [True] * len(positives) + [False] * len(negatives)
    found = average_precision(np.array(positives), np.array(negatives))
    assert found.value == pytest.approx(average_precision_score(labels, positives + negatives), abs=1e-5)
    assert 0 <= found.low <= found.high <= 1


def test_its_interval_is_about_that_of_redrawing_each_class() -> None:
    chance = np.random.default_rng(0)
    positives, negatives = chance.normal(1, 1, 80), chance.normal(0, 1, 240)
    labels = np.arange(320) < 80
    drawn = [
        average_precision_score(labels, np.concatenate([chance.choice(positives, 80), chance.choice(negatives, 240)]))
        for _ in itertools.repeat(None, 300)
    ]
    found = average_precision(positives, negatives)
    assert [found.low, found.high] == pytest.approx(np.quantile(drawn, [0.025, 0.975]).tolist(), abs=0.03)


@pytest.mark.parametrize("labels", [[], [True], [False, False]])
def test_one_class_alone_cannot_be_ranked(labels: list[bool]) -> None:
    assert ranking(np.array(labels, bool), np.zeros(len(labels))) is None


def test_without_a_class_nothing_is_known_of_the_area() -> None:
    found = auc(np.array([]), np.array([0.5]))
    assert (found.value, found.low, found.high) == (0.5, 0, 1)
