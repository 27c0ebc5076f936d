"""By what pictures are compared: a perceptual hash, and a digest of what is written in them.

A lane puts both into the record as evidence, for whoever looks for near-duplicates. They are no signals: policies
cannot name them, and nothing is shown of them.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from moderation.events import Evidence

HASH = "hash"
WRITING = "text.digest"
"""The signals of such evidence, without the lane."""

_LEAST = 0.5  # of a hash's quality, as ThreatExchange recommends: of flat pictures the hash is chance
_HASH = re.compile(r"pdq:([0-9a-f]{64})")
_WRITING = re.compile(r"blake2b:([0-9a-f]{32})")


@dataclass(frozen=True, slots=True)
class Print:
    """`hash` is PDQ, 64 hexadecimal digits; `writing` a digest of the letters and digits, 32 of them."""

    hash: str
    writing: str

    def near(self, other: "Print", bits: int) -> bool:
        """Whether the hashes differ in at most so many of their 256 bits, and the same is written in both."""
        return self.writing == other.writing and (int(self.hash, 16) ^ int(other.hash, 16)).bit_count() <= bits


def of_hash(digits: str, quality: int) -> Evidence:
    """Evidence of a PDQ hash of this quality, 0 to 100."""
    return Evidence(signal=HASH, value=quality / 100, label=f"pdq:{digits}")


def of_writing(written: str) -> Evidence:
    """Evidence of what is written in a picture, '' where there is nothing."""
    letters = "".join(filter(str.isalnum, unicodedata.normalize("NFKC", written).casefold()))
    digest = hashlib.blake2b(letters.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    return Evidence(signal=WRITING, value=1.0, label=f"blake2b:{digest}")


def is_print(signal: str) -> bool:
    """Whether evidence for this signal, with or without the lane, is only to compare by."""
    return signal.removeprefix("image.") in (HASH, WRITING)


def prints_of(evidence: Iterable[Evidence]) -> dict[str, Print]:
    """media_id -> print, of the pictures of which hash and writing are both known, once each."""
    found: dict[tuple[str, str], list[str]] = {}
    for each in evidence:
        kind = each.signal.removeprefix("image.")
        if kind == each.signal or each.media_id is None or each.at_ms is not None:
            continue
        pattern = {HASH: _HASH, WRITING: _WRITING}.get(kind)
        match = None if pattern is None else pattern.fullmatch(each.label or "")
        if match is not None:
            found.setdefault((each.media_id, kind), []).append(match[1] if each.value >= _LEAST else "")
    prints = {}
    for media_id, kind in found:
        hashes, writing = found[media_id, kind], found.get((media_id, WRITING), [])
        if kind == HASH and len(hashes) == len(writing) == 1 and hashes[0]:
            prints[media_id] = Print(hashes[0], writing[0])
    return prints
