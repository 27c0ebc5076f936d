"""The areas of Borkan et al. against their definition, and what a biased model looks like in them."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.training.judge.fairness import LEAST_OF_A_TERM, fairness, generalised_mean, sampled
from models.training.judge.identities import Phrase

TERMS = ("gay", "muslim", "tall")


def phrases(count: int = 40) -> list[Phrase]:
    """So many toxic and as many other phrases of each term, and of none."""
    return [
        Phrase(f"{term} {number} {toxic}", toxic, "made", (term,) if term else ())
        for term in (*TERMS, "")
        for toxic in (True, False)
        for number in range(count)
    ]


def scored(made: list[Phrase], lift: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Scores that order the phrases well, but raised by `lift` for every phrase that says "gay"."""
    noise = np.random.default_rng(0).normal(0, 0.2, len(made))
    return np.array([phrase.toxic + lift * ("gay" in phrase.terms) for phrase in made]) + noise


def test_each_area_compares_the_phrases_that_its_name_says() -> None:
    made = phrases(12)
    scores = np.random.default_rng(1).normal(size=len(made))
    found = fairness(made, scores, "toxicity")
    assert found is not None
    for term in TERMS:
        inside = {True: [], False: []}  # type: dict[bool, list[float]]
        outside = {True: [], False: []}  # type: dict[bool, list[float]]
        for phrase, score in zip(made, scores.tolist(), strict=True):
            (inside if term in phrase.terms else outside)[phrase.toxic].append(score)
        judged = found.terms[term]
        assert judged.subgroup_auc.value == pytest.approx(ordered(inside[True], inside[False]), abs=1e-5)
        assert judged.bpsn_auc.value == pytest.approx(ordered(outside[True], inside[False]), abs=1e-5)
        assert judged.bnsp_auc.value == pytest.approx(ordered(inside[True], outside[False]), abs=1e-5)
        assert (judged.toxic, judged.other) == (12, 12)


def test_a_term_that_raises_scores_shows_in_bpsn_and_one_that_lowers_them_in_bnsp() -> None:
    made = phrases()
    even = fairness(made, scored(made, 0.0), "toxicity")
    raised, lowered = (fairness(made, scored(made, lift), "toxicity") for lift in (1.5, -1.5))
    assert even is not None
    assert raised is not None
    assert lowered is not None
    assert even.gap("bpsn_auc") < 0.02
    assert raised.terms["gay"].bpsn_auc.value < 0.1
    assert raised.terms["tall"].bpsn_auc.value > 0.95
    assert raised.terms["gay"].subgroup_auc.value > 0.95
    assert raised.gap("bpsn_auc") > 0.1
    assert lowered.terms["gay"].bnsp_auc.value < 0.1
    assert lowered.gap("bnsp_auc") > 0.1


def test_a_term_with_too_few_phrases_is_not_judged() -> None:
    made = phrases(LEAST_OF_A_TERM - 1)
    assert fairness(made, scored(made, 0.0), "toxicity") is None


@given(st.lists(st.floats(0.05, 1), min_size=1, max_size=20))
def test_the_generalised_mean_lies_between_the_worst_and_the_plain_mean(values: list[float]) -> None:
    found = generalised_mean(values)
    assert min(values) - 1e-5 <= found <= np.mean(values) + 1e-5


def test_the_generalised_mean_of_two() -> None:
    assert generalised_mean([0.5, 1.0]) == pytest.approx(((0.5**-5 + 1) / 2) ** -0.2, abs=1e-5)
    assert generalised_mean([0.0, 1.0]) == 0


def test_no_term_fills_the_sample_and_the_same_seed_draws_the_same() -> None:
    made = phrases(40) + [Phrase(f"name {n}", True, "made", ("gay",)) for n in range(2000)]
    drawn = sampled(made, seed=3, most=25)
    assert drawn == sampled(made, seed=3, most=25)
    assert set(Counter((phrase.terms, phrase.toxic) for phrase in drawn).values()) == {25}


def ordered(positives: list[float], negatives: list[float]) -> float:
    return float(np.mean([(p > n) + 0.5 * (p == n) for p in positives for n in negatives]))
