"""Operating points: the best on held-out rows, and quiet on harmless ones."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.training.dataset import Texts
from models.training.thresholds import quiet, thresholds, youden

values = st.lists(st.floats(0, 1), min_size=1, max_size=60)


@given(values, st.sampled_from([0.0, 0.02, 0.1, 0.5, 1.0]))
def test_no_more_harmless_texts_than_allowed_reach_the_quiet_point(scores: list[float], most: float) -> None:
    point = quiet(np.array(scores), most)
    if point < 1:
        assert np.mean(np.array(scores) >= point) <= most


def test_the_quiet_point_is_just_above_the_score_that_would_be_too_much() -> None:
    scores = np.linspace(0.01, 1, 100)
    assert quiet(scores, 0.05) == pytest.approx(0.95, abs=1e-3)


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=2, max_size=40))
def test_no_other_threshold_is_better_by_more_than_chance_and_none_as_good_is_higher(
    items: list[tuple[int, bool]],
) -> None:
    scores = np.array([score / 10 for score, _ in items])
    targets = np.array([target for _, target in items])
    found = youden(scores, targets, np.ones(len(items)))
    if found is None:
        assert len(set(targets.tolist())) == 1
        return

    def gain(threshold: float) -> float:
        return float((scores[targets] >= threshold).mean() - (scores[~targets] >= threshold).mean())

    best = max(np.arange(0, 11) / 10, key=gain)
    recall, alarms = ((scores[side] >= best).mean() for side in (targets, ~targets))
    error = sum(_variance(share, side.sum()) for share, side in ((recall, targets), (alarms, ~targets))) ** 0.5
    assert gain(found) >= gain(best) - error - 1e-9
    assert all(gain(higher) < gain(best) for higher in np.arange(0, 11) / 10 if higher > found + 1e-9)


def test_a_threshold_is_moved_up_until_natural_comments_are_left_alone() -> None:
    scores = np.linspace(0, 1, 101)[:, None]
    valid = texts(np.linspace(0, 1, 101) >= 0.3)
    harmless = texts(np.zeros(101, bool))
    free = thresholds((scores, valid), (scores * 0, harmless))
    assert 0.3 <= free["hate"] <= 0.35
    moved = thresholds((scores, valid), (scores, harmless), most_false_alarms=0.1)
    assert moved == {"hate": pytest.approx(0.9, abs=0.011)}


def test_a_text_at_the_chosen_score_is_found_even_near_one() -> None:
    scores = np.array([[0.00002], [0.99997], [0.99999]])
    chosen = thresholds((scores, texts(np.array([False, True, True]))), (scores * 0, texts(np.zeros(3, bool))))
    assert 0.00002 < chosen["hate"] <= 0.99997


def test_a_label_of_which_only_one_class_was_held_out_has_none() -> None:
    nothing = texts(np.zeros(5, bool))
    assert thresholds((np.zeros((5, 1)), nothing), (np.zeros((5, 1)), nothing)) == {}


def texts(targets: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Texts:
    column = targets[:, None].astype(np.float32)
    return Texts(["text"] * len(targets), column, np.ones_like(column), ["made"] * len(targets), ("hate",))


def _variance(share: float, count: int) -> float:
    share = (share * count + 2) / (count + 4)
    return float(share * (1 - share) / (count + 4))
