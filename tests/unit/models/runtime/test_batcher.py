"""Batches: every row once, none over budget, rows of like length together."""

from hypothesis import given
from hypothesis import strategies as st

from models.runtime.batcher import batches, padded

lengths = st.lists(st.integers(0, 600), max_size=300)
budgets = st.integers(1, 2_000)
multiples = st.integers(1, 64)


@given(lengths, budgets, multiples)
def test_every_row_is_in_exactly_one_batch(lengths: list[int], budget: int, multiple: int) -> None:
    formed = batches(lengths, budget, multiple)
    assert sorted(index for batch in formed for index in batch) == list(range(len(lengths)))
    assert all(formed)


@given(lengths, budgets, multiples)
def test_padded_tokens_stay_within_the_budget_unless_a_row_is_alone(
    lengths: list[int], budget: int, multiple: int
) -> None:
    for batch in batches(lengths, budget, multiple):
        width = padded(max(lengths[index] for index in batch), multiple)
        assert len(batch) == 1 or width * len(batch) <= budget


@given(lengths, budgets, multiples)
def test_rows_stand_in_falling_order_of_length(lengths: list[int], budget: int, multiple: int) -> None:
    order = [lengths[index] for batch in batches(lengths, budget, multiple) for index in batch]
    assert order == sorted(lengths, reverse=True)


@given(st.integers(0, 10_000), multiples)
def test_padding_is_the_least_multiple_that_holds_the_row(length: int, multiple: int) -> None:
    assert padded(length, multiple) % multiple == 0
    assert 0 <= padded(length, multiple) - length < multiple
