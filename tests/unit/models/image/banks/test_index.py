"""The index finds exactly what comparing with every hash finds."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.image.banks.hashing import BYTES, FARTHEST, Digests
from models.image.banks.index import Index
from tests.unit.models.image.banks.entries import flipped, some

Pairs = list[tuple[int, int, int]]


def found(index: Index, queries: Digests, radius: int = FARTHEST) -> Pairs:
    return [tuple(each) for each in np.stack(index.within(queries, radius), axis=1).tolist()]


def compared(digests: Digests, queries: Digests, radius: int = FARTHEST) -> Pairs:
    """The obvious way."""
    distances = np.unpackbits(queries[:, None] ^ digests[None], axis=2).sum(axis=2, dtype=int)
    return [(row, number, int(distances[row, number])) for row, number in np.argwhere(distances <= radius).tolist()]


@st.composite
def crowds(draw: st.DrawFn) -> tuple[Digests, Digests]:
    """Hashes around a few centres, and queries 26 to 36 bits from some of them, where the threshold is."""
    seed = draw(st.integers(0, 2**32 - 1))
    chance = np.random.default_rng(seed)
    centres = some(draw(st.integers(1, 5)), seed)
    spread = draw(st.integers(0, 40))

    def around(digest: Digests, most: int, least: int = 0) -> Digests:
        return flipped(digest, *chance.choice(256, chance.integers(least, most + 1), replace=False))

    count = draw(st.integers(0, 200))
    digests = [around(centres[chance.integers(len(centres))], spread) for _ in range(count)]
    sources = [*digests, *centres]
    queries = [around(sources[chance.integers(len(sources))], 36, 26) for _ in range(draw(st.integers(1, 80)))]
    return np.array(digests, np.uint8).reshape(-1, BYTES), np.array(queries)


@settings(max_examples=60, deadline=None)
@given(crowds(), st.sampled_from([0, 1, 15, 16, 30, 31]))
def test_what_is_found_is_what_comparing_with_all_finds(crowd: tuple[Digests, Digests], radius: int) -> None:
    digests, queries = crowd
    assert found(Index(digests), queries, radius) == compared(digests, queries, radius)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 255), min_size=32, max_size=32, unique=True), st.integers(0, 2**32 - 1))
def test_a_hash_is_found_at_30_and_31_bits_and_not_at_32_wherever_they_lie(bits: list[int], seed: int) -> None:
    [digest] = some(1, seed)
    queries = np.array([flipped(digest, *bits[:count]) for count in (30, 31, 32)])
    assert found(Index(digest[None]), queries) == [(0, 0, 30), (1, 0, 31)]


def test_a_hash_is_found_where_two_bits_of_every_part_but_one_differ_and_any_one_bit_of_that() -> None:
    [digest] = some(1)
    index = Index(digest[None])
    for alike, one in itertools.product(range(16), range(16)):
        spread = [16 * part + bit for part in range(16) for bit in ((3, 9) if part != alike else (one,))]
        assert found(index, flipped(digest, *spread)[None]) == [(0, 0, 31)]


def test_thousands_that_share_a_part_are_all_looked_at() -> None:
    digests = some(5_000)
    digests[:, :2] = 7
    digests[:, 6:8] = 9
    queries = np.concatenate([digests[:40], some(3, seed=1), np.array([flipped(digests[7], *range(100, 131))])])
    assert found(Index(digests), queries) == compared(digests, queries)


def test_a_batch_finds_what_one_at_a_time_finds() -> None:
    digests = some(20_000)
    queries = np.array([flipped(digest, *range(0, 248, 8)) for digest in digests[:300]])
    index = Index(digests)
    assert found(index, queries) == [
        (row, number, distance)
        for row, query in enumerate(queries)
        for _, number, distance in found(index, query[None])
    ]


def test_nothing_is_found_among_no_hashes_and_by_no_queries() -> None:
    assert found(Index(some(0)), some(3)) == []
    assert found(Index(some(3)), some(0)) == []


def test_a_radius_beyond_which_it_would_not_be_exact_is_refused() -> None:
    with pytest.raises(ValueError, match="exact from 0 to 31"):
        Index(some(3)).within(some(1), 32)
