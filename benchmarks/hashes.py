"""Lookups in a bank of a million hashes: spread evenly, and in families of near-duplicates as real banks have them."""

import time
from collections.abc import Callable

import numpy as np

from benchmarks.result import Goal, Result, row
from benchmarks.stand import Stand, say
from models.image.banks.hashing import BYTES, FARTHEST, Digests, hash_of
from models.image.banks.index import Index

_GOAL = Goal("at least", 4_000)
_ROUNDS = 5
_FAMILY = 20
_SPREAD = 0.06
"""Share of the bits in which members of a family differ from its first: 15 of 256."""


def run(stand: Stand) -> Result:
    """Lookups per second on one core: in batches as a clip's frames come, by picture, and one at a time."""
    chance = np.random.default_rng(3)
    count, asked = stand.size(1_000_000, 2_000), stand.size(4_000, 64)
    evenly = chance.integers(0, 256, (count, BYTES), np.uint8)
    banks = {"spread evenly": evenly, f"in families of {_FAMILY}": _families(evenly, chance)}
    rates: dict[str, list[float]] = {}
    built: list[float] = []
    found: dict[str, int] = {}
    for name, digests in banks.items():
        queries = _queries(digests, asked, chance)
        for number in range(stand.size(_ROUNDS, 1)):
            began = time.perf_counter()
            index = Index(digests)
            built.append(time.perf_counter() - began)
            for batch in (64, 8, 1):
                rates.setdefault(f"hashes {name}, {batch} at a time", []).append(_rate(index, queries, batch))
            say(f"  round {number + 1}: {rates[f'hashes {name}, 64 at a time'][-1]:,.0f} lookups/s")
        found[name] = len(index.within(queries)[0])
        _check(digests, queries[: stand.size(50, 8)], index)
    picture = chance.integers(0, 256, (384, 512, 3), np.uint8)
    hashing = [_per_second(lambda: hash_of(picture), stand.size(200, 5)) for _ in range(stand.size(_ROUNDS, 1))]
    rows = [row(name, values, "lookups/s", _GOAL) for name, values in rates.items()]
    rows.append(row("hashing a picture of 512 x 384, with its seven turns", hashing, "pictures/s"))
    rows.append(row("building the index", built, "s"))
    return Result(
        f"Hash lookups within {FARTHEST} bits among {count:,}, one core",
        rows,
        {"hashes": count, "queries": asked, "pairs_found": found},
    )


def _families(firsts: Digests, chance: np.random.Generator) -> Digests:
    members = firsts[chance.integers(0, max(len(firsts) // _FAMILY, 1), len(firsts))]
    differing = chance.random((len(firsts), BYTES * 8), np.float32) < _SPREAD
    members ^= np.packbits(differing, axis=1)
    return members


def _queries(digests: Digests, count: int, chance: np.random.Generator) -> Digests:
    """Half of them unknown, half up to 40 bits from a hash of the bank."""
    queries = chance.integers(0, 256, (count, BYTES), np.uint8)
    known = queries[::2]
    known[:] = digests[chance.integers(0, len(digests), len(known))]
    share = chance.random((len(known), 1), np.float32) * 40 / (BYTES * 8)
    known ^= np.packbits(chance.random((len(known), BYTES * 8), np.float32) < share, axis=1)
    return queries


def _rate(index: Index, queries: Digests, batch: int) -> float:
    began = time.perf_counter()
    for first in range(0, len(queries), batch):
        index.within(queries[first : first + batch])
    return len(queries) / (time.perf_counter() - began)


def _per_second(call: Callable[[], object], times: int) -> float:
    call()
    began = time.perf_counter()
    for _ in range(times):
        call()
    return times / (time.perf_counter() - began)


def _check(digests: Digests, queries: Digests, index: Index) -> None:
    """What was measured must be right: compared with every hash."""
    words, asked = digests.view(np.uint64), queries.view(np.uint64)
    for number, query in enumerate(asked):
        distances = np.bitwise_count(words ^ query).sum(axis=1)
        expected = np.flatnonzero(distances <= FARTHEST)
        _, hashes, found = index.within(queries[number])
        if not (np.array_equal(hashes, expected) and np.array_equal(found, distances[expected])):
            raise AssertionError(f"query {number}: {len(hashes)} hashes found, {len(expected)} are within the distance")
