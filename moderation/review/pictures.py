"""Whether the pictures of two posts are the same: by their prints where lanes gave some, else by address or bytes.

Sixteen bands of 16 bits each find near hashes: of 15 bits that differ at most 15 bands know, so that one is equal in
both. Of what the bands find, every pair is compared in all its bits.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from moderation.events import Media
from moderation.prints import Print

BANDS = 16
_DIGITS = 4  # hexadecimal ones, of a band
_OF_WRITING = 8  # so many, too: enough to find little that is written otherwise
_MOST = 20  # pictures of a post; with more of them only the same are near


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture or clip: a digest of its address or bytes, and its print where there is one."""

    identity: str
    print: Print | None = None

    def near(self, other: "Picture", bits: int) -> bool:
        """Whether they are as good as the same. An address may show something else by now, so prints go before it."""
        if self.print is None or other.print is None:
            return self.identity == other.identity
        return self.print.near(other.print, bits)


def pictures_of(media: Sequence[Media], prints: Mapping[str, Print]) -> tuple[Picture, ...]:
    """Those of a post, in its order. Clips, and pictures that share an id, have no prints."""
    ids = [item.media_id for item in media]
    known = {
        item.media_id: prints.get(item.media_id)
        for item in media
        if item.kind == "image" and ids.count(item.media_id) == 1 and len(media) <= _MOST
    }
    return tuple(Picture(_digest(item.without_content().url or ""), known.get(item.media_id)) for item in media)


def all_near(first: Sequence[Picture], second: Sequence[Picture], bits: int) -> bool:
    """Whether each has its own counterpart among the others, in any order."""
    if len(first) != len(second):
        return False
    left = list(second)
    for each in first:
        counterpart = next((other for other in left if each.near(other, bits)), None)
        if counterpart is None:
            return False
        left.remove(counterpart)
    return True


def bands_of(picture: Picture) -> tuple[str, ...]:
    """What one of is equal in two pictures whose hashes differ in at most 15 bits; none without a print."""
    own = picture.print
    if own is None:
        return ()
    said = own.writing[:_OF_WRITING]
    return tuple(f"{own.hash[place : place + _DIGITS]}{said}" for place in range(0, BANDS * _DIGITS, _DIGITS))


def digest_of(pictures: Sequence[Picture]) -> str:
    """Equal for the same addresses and bytes, in any order."""
    return _digest(" ".join(sorted(each.identity for each in pictures)))


def written(pictures: Sequence[Picture]) -> str:
    """As one string, for a column."""
    return " ".join(
        each.identity if each.print is None else f"{each.identity}:{each.print.hash}:{each.print.writing}"
        for each in pictures
    )


def read(text: str) -> tuple[Picture, ...]:
    """Pictures again that were `written`."""
    found = (each.split(":") for each in text.split())
    return tuple(Picture(identity, Print(*own) if own else None) for identity, *own in found)


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
