"""A limit is kept or not, and what was not measured is not kept."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.training.judge.gate import Check, table

GOLDEN = Path(__file__).parent / "golden"


def test_the_table_reads_as_the_golden_one() -> None:
    found = [
        Check("subgroup_auc_gap", 0.05, 0.001, "language en"),
        Check("bpsn_auc_gap", 0.05, 0.62, "language en"),
        Check("parity_auc_delta", 0.01, None, "not measured"),
        Check("size_mb", 1, 1.5),
        Check("posts_per_second", 3000, 10711.4),
    ]
    assert table(found) + "\n" == (GOLDEN / "gate.txt").read_text(encoding="utf-8")


@given(st.floats(0, 100), st.floats(0, 100))
def test_speed_has_a_least_and_all_else_a_most(limit: float, measured: float) -> None:
    assert Check("posts_per_second", limit, measured).passed == (measured >= limit)
    assert Check("size_mb", limit, measured).passed == (measured <= limit)


@pytest.mark.parametrize("name", ["bpsn_auc_gap", "posts_per_second"])
def test_what_was_not_measured_does_not_pass(name: str) -> None:
    assert not Check(name, 0.0, None).passed
