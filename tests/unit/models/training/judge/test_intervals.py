"""Shares and statistics come with intervals that hold them."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.training.judge.intervals import bootstrapped, normal, share


@given(st.lists(st.booleans(), min_size=1, max_size=200))
def test_a_share_lies_in_its_interval_and_the_interval_in_0_to_1(flags: list[bool]) -> None:
    found = share(np.array(flags))
    assert found.count == sum(flags)
    assert found.of == len(flags)
    assert 0 <= found.low <= found.value + 1e-5
    assert found.value - 1e-5 <= found.high <= 1


def test_the_interval_is_wilsons() -> None:
    z, n, p = 1.959964, 50, 0.1
    centre, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    found = share(np.arange(50) < 5)
    assert found.low == pytest.approx((centre - half) / (1 + z * z / n), abs=1e-5)
    assert found.high == pytest.approx((centre + half) / (1 + z * z / n), abs=1e-5)


def test_of_no_items_nothing_is_known() -> None:
    found = share(np.array([], bool))
    assert (found.value, found.low, found.high) == (0, 0, 1)


def test_a_bootstrap_gives_the_same_interval_each_time_and_about_that_of_the_normal_mean() -> None:
    values = np.random.default_rng(0).normal(3, 2, 400)
    found = bootstrapped((values,), np.mean)
    assert found == bootstrapped((values,), np.mean)
    expected = normal(values.mean(), values.var(ddof=1) / len(values))
    assert found.value == pytest.approx(values.mean(), abs=1e-5)
    assert found.low == pytest.approx(expected.low, abs=0.06)
    assert found.high == pytest.approx(expected.high, abs=0.06)


def test_a_normal_interval_is_cut_to_what_is_possible() -> None:
    found = normal(0.99, 0.01, 0.0, 1.0)
    assert found.high == 1
    assert found.low == pytest.approx(0.99 - 0.196, abs=1e-3)
