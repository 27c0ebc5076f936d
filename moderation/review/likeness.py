"""What a post looks like: texts by MinHash (Broder 1997) over pieces of five characters, pictures as `pictures` says.

Two texts agree in a place of their signatures as often as their sets of pieces overlap (Jaccard), so that the share of
agreeing places measures how near they are. Bands of a few places each, looked up by an index, find the candidates.
"""

import hashlib
import re
import unicodedata
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from moderation.events import Evidence, Post
from moderation.prints import prints_of
from moderation.review.pictures import Picture, all_near, pictures_of

PIECE = 5
PLACES = 256
"""Of a signature, one byte each. The standard error of a similarity of 0.9 is 0.019, of 0.8 0.025."""

BANDS, ROWS = 8, 6
"""Two texts that overlap by 0.9 share a band with a probability of 0.998, by 0.85 of 0.977, by 0.5 of 0.12."""

_INK = re.compile(r"[\W_]+")
_PIECES_AT_ONCE = 64  # a table of 128 KB stays near the processor
_CHANCE = 1 / 256  # that two places agree in their last byte though the pieces differ


def _parameters() -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Odd multipliers and offsets of multiply-shift hashing (Dietzfelbinger et al. 1997), the same for ever."""
    drawn = np.frombuffer(hashlib.shake_256(b"moderation likeness 1").digest(PLACES * 16), "<u8").reshape(2, PLACES)
    return drawn[0] | np.uint64(1), drawn[1].copy()


_MULTIPLIERS, _OFFSETS = _parameters()


@dataclass(frozen=True, slots=True)
class Likeness:
    """What is compared. `words` is a digest of the plain text, `signature` of its pieces (none: too short for that),
    `bands` are parts of the signature, `pictures` are all media.
    """

    words: str
    signature: bytes | None
    bands: tuple[str, ...]
    pictures: tuple[Picture, ...]

    def near(
        self, words: str, signature: bytes | None, pictures: tuple[Picture, ...], similarity: float, bits: int
    ) -> bool:
        """Whether another post is as good as the same: its pictures are, and the texts overlap so far.

        Where one of the texts is too short for that, they are to be equal.
        """
        if not all_near(self.pictures, pictures, bits):
            return False
        if self.signature is None or signature is None:
            return words == self.words
        return overlap(self.signature, signature) >= similarity


def likeness_of(post: Post, shortest: int, evidence: Iterable[Evidence] = ()) -> Likeness | None:
    """What a post looks like; `evidence` is that of its lanes.

    None for a post without media whose text has fewer than `shortest` letters and digits.
    """
    text = plain(post.text)
    pictures = pictures_of(post.media, prints_of(evidence))
    if sum(1 for character in text if character != " ") < max(shortest, PIECE):
        return Likeness(_digest(text), None, (), pictures) if pictures else None
    places = signature_of(text)
    bands = tuple(_digest(places[band * ROWS : (band + 1) * ROWS].tobytes().hex()) for band in range(BANDS))
    return Likeness(_digest(text), places.astype(np.uint8).tobytes(), bands, pictures)


def plain(text: str) -> str:
    """The letters and digits, one blank between words: what people change to look new changes nothing."""
    return _INK.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def pieces_of(text: str) -> set[str]:
    """Every run of five characters."""
    return {text[start : start + PIECE] for start in range(len(text) - PIECE + 1)}


def signature_of(text: str) -> NDArray[np.uint32]:
    """The least hash of all pieces, by each of `PLACES` hash functions; shape (PLACES,)."""
    pieces = np.array([zlib.crc32(piece.encode("utf-8", "replace")) for piece in pieces_of(text)], np.uint64)
    least = np.full(PLACES, np.iinfo(np.uint64).max, np.uint64)
    room = np.empty((min(len(pieces), _PIECES_AT_ONCE), PLACES), np.uint64)
    for first in range(0, len(pieces), _PIECES_AT_ONCE):
        some = pieces[first : first + _PIECES_AT_ONCE, None]
        table = np.multiply(some, _MULTIPLIERS, out=room[: len(some)])
        table += _OFFSETS
        np.minimum(least, table.min(axis=0), out=least)
    return (least >> np.uint64(32)).astype(np.uint32)  # the upper half of the least is the least upper half


def overlap(first: bytes, second: bytes) -> float:
    """The estimated share of pieces that two texts have in common, from their signatures."""
    equal = np.frombuffer(first, np.uint8) == np.frombuffer(second, np.uint8)
    return max(0.0, (float(equal.mean()) - _CHANCE) / (1.0 - _CHANCE))


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
