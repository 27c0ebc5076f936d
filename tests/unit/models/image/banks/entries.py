"""Entries, digests and banks for tests."""

from datetime import UTC, datetime

import numpy as np

from models.image.banks import Bank, Entry, Head
from models.image.banks.entry import HEADER
from models.image.banks.hashing import BYTES, Digests, text_of

AT = datetime(2026, 11, 21, 10, tzinfo=UTC)


def some(count: int, seed: int = 0) -> Digests:
    return np.random.default_rng(seed).integers(0, 256, (count, BYTES), np.uint8)


def flipped(digest: Digests, *bits: int) -> Digests:
    """The digest with these bits the other way round."""
    changed = digest.copy()
    for bit in bits:
        changed[bit // 8] ^= 128 >> bit % 8
    return changed


def entry(digest: Digests, why: str = "seen before", by: str = "anna") -> Entry:
    return Entry(text_of(digest), by, AT, why)


def bank(name: str, digests: Digests, **head: object) -> Bank:
    """A bank that was never a file."""
    lines = [HEADER, *(entry(digest, f"number {number}").line() for number, digest in enumerate(digests))]
    content = "".join(f"{line}\n" for line in lines).encode()
    starts = np.cumsum([0, *(len(line.encode()) + 1 for line in lines)])[1:-1]
    said = {"kind": "block", "category": "hate"} | head
    if said["kind"] == "allow":
        said |= {"category": None}
    return Bank(name, Head.model_validate(said), content, starts, digests)
