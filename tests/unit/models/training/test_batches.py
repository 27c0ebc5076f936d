"""Batches hold every text once and stay within their tokens; disguises hide words and nothing else."""

import random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.text.normalise import normalise
from models.training.batches import bucketed, padded, sorted_batches
from models.training.disguises import disguised

lengths = st.lists(st.integers(1, 128), min_size=1, max_size=200)


@given(lengths, st.integers(0, 5))
def test_every_text_is_in_one_batch_of_bounded_size(sizes: list[int], seed: int) -> None:
    for batches in (bucketed(sizes, 500, random.Random(seed)), list(sorted_batches(sizes, 500))):
        assert sorted(index for batch in batches for index in batch) == list(range(len(sizes)))
        assert all(len(batch) * max(sizes[i] for i in batch) <= 500 for batch in batches)


@given(st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=20), min_size=1, max_size=5), st.integers(1, 16))
def test_padding_is_zero_and_masked(rows: list[list[int]], multiple: int) -> None:
    ids, mask = padded(rows, multiple)
    assert ids.shape == mask.shape
    assert ids.shape[1] % multiple == 0
    assert [row[kept == 1].tolist() for row, kept in zip(ids, mask, strict=True)] == rows
    assert np.array_equal(ids > 0, mask == 1)


@given(st.lists(st.text(alphabet="abc@1", max_size=3)).map(" ".join), st.integers(0, 50))
def test_short_words_are_left_alone(text: str, seed: int) -> None:
    assert disguised(text, random.Random(seed)) == text


def test_half_of_the_disguises_are_undone_by_the_normaliser() -> None:
    texts = ["hateful people everywhere around" for _ in range(200)]
    hidden = [disguised(text, random.Random(seed)) for seed, text in enumerate(texts)]
    changed = [(text, other) for text, other in zip(texts, hidden, strict=True) if text != other]
    undone = [normalise(other) == text for text, other in changed]
    assert len(changed) > 100
    assert 0.3 < np.mean(undone) < 0.8
