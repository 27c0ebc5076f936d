"""What another precision changes is counted text by text."""

import numpy as np
import pytest

from models.training.judge.parity import LEAST_OF_A_CLASS, area, parity


def test_a_text_is_flipped_when_one_of_its_decisions_differs() -> None:
    exact = np.array([[0.4, 0.9], [0.6, 0.1], [0.2, 0.2], [0.7, 0.7]])
    ours = exact + np.array([[0.2, 0.0], [0.0, 0.0], [0.01, 0.02], [-0.3, -0.3]])
    found = parity(("hate", "spam"), (exact, exact >= 0.5), (ours, ours >= 0.5), {})
    assert found.texts == 4
    assert {name: each.count for name, each in found.flipped.items()} == {"hate": 2, "spam": 1}
    assert found.any.count == 2
    assert found.moved_most == pytest.approx(0.3)
    assert found.moved_p99 == pytest.approx(np.quantile([0.2, 0, 0.02, 0.3], 0.99), abs=1e-5)
    assert found.auc_delta == 0


def test_the_largest_change_of_an_area_counts_either_way() -> None:
    labels = np.arange(60) < 30
    exact = labels + np.linspace(0, 0.5, 60)
    worse = exact.copy()
    worse[0] = -1.0
    measured = area(labels, exact, worse)
    assert measured is not None
    assert (measured.exact, measured.ours) == (1.0, pytest.approx(29 / 30, abs=1e-5))
    found = parity(
        ("hate",), (exact[:, None], labels[:, None]), (worse[:, None], labels[:, None]), {"set": {"hate": measured}}
    )
    assert found.auc_delta == pytest.approx(1 / 30, abs=1e-5)


def test_a_class_of_few_texts_is_not_compared() -> None:
    labels = np.arange(100) < LEAST_OF_A_CLASS - 1
    assert area(labels, labels * 1.0, labels * 0.5) is None
