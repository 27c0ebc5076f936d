"""Figures say what they claim to say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.stats import median, percentile, steady_rate


def test_percentiles_lie_between_the_nearest_ranks() -> None:
    values = [40.0, 10.0, 20.0, 30.0, 50.0]
    assert [percentile(values, share) for share in (0.0, 0.5, 0.9, 1.0)] == [10.0, 30.0, 46.0, 50.0]


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0, 1))
def test_a_percentile_never_leaves_the_values(values: list[float], share: float) -> None:
    assert min(values) <= percentile(values, share) <= max(values)


@pytest.mark.parametrize("figure", [median, lambda values: percentile(values, 0.5)])
def test_no_values_have_no_figure(figure: object) -> None:
    with pytest.raises(ValueError, match="no values"):
        figure([])  # type: ignore[operator]


@given(
    burst=st.integers(1, 400),
    bursts=st.integers(12, 80),
    every_s=st.floats(0.01, 2.0),
    start=st.floats(0, 1e9),
    warm_s=st.floats(0, 100),
)
def test_a_steady_train_of_bursts_has_its_rate_however_large_they_are(
    burst: int, bursts: int, every_s: float, start: float, warm_s: float
) -> None:
    times = [start] + [start + warm_s + number * every_s for number in range(bursts) for _ in range(burst)]
    assert steady_rate(times) == pytest.approx(burst / every_s, rel=1e-3)


def test_a_slow_start_and_a_slow_end_do_not_count() -> None:
    middle = [10 + number / 100 for number in range(1000)]
    assert steady_rate([0.0, 5.0, *middle, 30.0, 60.0]) == pytest.approx(100, rel=0.01)


def test_the_order_in_which_records_are_read_does_not_matter() -> None:
    times = [number / 50 for number in range(500)]
    assert steady_rate(times[::-1]) == steady_rate(times)


@pytest.mark.parametrize("times", [[], [1.0, 2.0], [7.0] * 100])
def test_what_came_at_once_has_no_rate(times: list[float]) -> None:
    with pytest.raises(ValueError, match=r"too few|at once"):
        steady_rate(times)
