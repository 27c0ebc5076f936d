"""The table behind the plot holds every text once, and scores that are right have no error."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.training.judge.reliability import bins, reliability


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=100))
def test_every_text_is_in_the_bin_of_its_score(items: list[tuple[float, bool]]) -> None:
    scores, labels = np.array([score for score, _ in items]), np.array([label for _, label in items])
    found = bins(scores, labels)
    assert sum(each.observed.of for each in found) == len(items)
    for each in found:
        inside = [label for score, label in items if each.low <= score < each.high or score == each.high == 1]
        assert (each.observed.of, each.observed.count) == (len(inside), sum(inside))


def test_scores_that_are_shares_have_hardly_an_error_and_others_have_theirs() -> None:
    chance = np.random.default_rng(0)
    scores = chance.uniform(0, 1, 4000)
    labels = chance.uniform(0, 1, 4000) < scores
    found = reliability(scores, np.sqrt(scores), labels)
    assert found.error.value < 0.03
    # The mean of sqrt(x) - x over [0, 1] is 1/6.
    assert found.before.value == pytest.approx(1 / 6, abs=0.02)
    assert found.before.low < 1 / 6 < found.before.high
    assert (found.texts, found.positives) == (4000, int(labels.sum()))
