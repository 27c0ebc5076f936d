"""Kappa and alpha, against examples that were published with them."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.review.quality.agreement import Agreement, Counts, alpha, kappa, resampled, share_agreed, standard_error

# Fleiss, Levin and Paik, Statistical Methods for Rates and Proportions, 3rd ed. 2003, table 18.1, and SAS's example
# of its FREQ procedure (19 patients): both print kappa and its asymptotic error.
_DIAGNOSES = np.array([[75, 1, 4], [5, 4, 1], [0, 0, 10]])
_PATIENTS = np.array([[0, 4, 1], [0, 8, 0], [0, 1, 5]])

# Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011: section C, four observers and twelve units.
_OBSERVED = """
1 2 3 3 2 1 4 1 2 . . .
1 2 3 3 2 2 4 1 2 5 . 3
. 3 3 3 2 3 4 2 2 5 1 .
1 2 3 3 2 4 4 1 2 5 1 .
"""


def pairs_of(table: Counts) -> list[tuple[str, str]]:
    """Pairs of answers that a table counts."""
    return [(str(one), str(other)) for (one, other), count in np.ndenumerate(table) for _ in range(count)]


def counts_of(text: str, values: int) -> Counts:
    """How often each value was given to each unit."""
    rows = [line.split() for line in text.strip().splitlines()]
    counts = np.zeros((len(rows[0]), values), dtype=np.int64)
    for row in rows:
        for unit, value in enumerate(row):
            if value != ".":
                counts[unit, int(value) - 1] += 1
    return counts


@pytest.mark.parametrize(
    ("table", "value", "error"), [(_DIAGNOSES, 0.676, 0.088), (_PATIENTS, 0.4842, 0.1380)], ids=["Fleiss", "SAS"]
)
def test_kappa_and_its_error_are_as_published(table: Counts, value: float, error: float) -> None:
    found = kappa(pairs_of(table))
    assert found is not None
    assert found.value == pytest.approx(value, abs=0.0005)
    assert standard_error(table) == pytest.approx(error, abs=0.0005)
    assert found.of == table.sum()


def test_the_interval_of_kappa_is_as_published() -> None:
    found = kappa(pairs_of(_PATIENTS))
    assert found is not None
    assert (found.low, found.high) == (pytest.approx(0.2137, abs=5e-5), pytest.approx(0.7547, abs=5e-5))


@pytest.mark.parametrize(("ordered", "value"), [(False, 0.743), (True, 0.815)], ids=["nominal", "ordinal"])
def test_alpha_is_as_published(ordered: bool, value: float) -> None:
    found = alpha(counts_of(_OBSERVED, 5), ordered)
    assert found is not None
    assert found.value == pytest.approx(value, abs=0.0005)
    assert found.of == 11  # the unit that one observer saw says nothing


@given(
    st.lists(st.lists(st.integers(0, 3), min_size=4, max_size=4).filter(lambda row: sum(row) > 1), min_size=1),
    st.booleans(),
)
def test_samples_are_reckoned_as_the_library_does(rows: list[list[int]], ordered: bool) -> None:
    counts = np.array(rows)
    found = alpha(counts, ordered)
    again = float(resampled(counts, np.ones((1, len(counts)), dtype=np.int64), ordered)[0])
    if found is None:
        assert math.isnan(again)
    else:
        assert again == pytest.approx(found.value, abs=1e-9)


def test_intervals_hold_the_value_and_narrow_with_more_items() -> None:
    draws = np.random.default_rng(1)
    widths = []
    for size in (30, 300, 3_000):
        first = draws.integers(0, 3, size)
        second = np.where(draws.random(size) < 0.8, first, draws.integers(0, 3, size))
        counts = np.stack([(first == value).astype(int) + (second == value) for value in range(3)], axis=1)
        pairs = [(str(one), str(other)) for one, other in zip(first, second, strict=True)]
        for found in (alpha(counts), alpha(counts, ordered=True), kappa(pairs)):
            assert found is not None
            assert found.low is not None
            assert found.high is not None
            assert found.low <= found.value <= found.high
            widths.append(found.high - found.low)
    assert widths[:3] > widths[3:6] > widths[6:]


def test_where_there_is_nothing_to_compare_nothing_is_claimed() -> None:
    assert kappa([]) is None
    assert kappa([("remove", "remove")] * 20) is None
    assert alpha(np.zeros((0, 4), dtype=np.int64)) is None
    assert alpha(np.array([[2, 0], [2, 0]])) is None
    assert alpha(np.array([[1, 0], [0, 1]])) is None


def test_perfect_agreement_is_one() -> None:
    found = kappa([("remove", "remove"), ("allow", "allow")] * 5)
    assert found == Agreement(1.0, 10, 1.0, 1.0)
    assert share_agreed([("remove", "allow"), ("label", "label")]) == (1, 2)
