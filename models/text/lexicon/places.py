"""Where terms that were found in the normalised text stand in the text as it was written.

Normalising keeps no offsets. The text as written is therefore normalised chunk by chunk, from blank to blank, and
searched again: a hit lies in known chunks. In a text that normalising leaves alone, places are exact; in a chunk
that it changes in length, the whole chunk is the place. What is not found again has no place.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Collection
from typing import NamedTuple

from models.text.lexicon.matcher import Hit
from models.text.lexicon.terms import Term
from models.text.normalise import normalise

# "f u c k" is one chunk.
_CHUNK = re.compile(r"(?<!\S)(?:\S\s+){3,}\S(?!\S)|\S+")
_PLAIN = re.compile(r"[,.;:!?'\"()]*[A-Za-z]+[,.;:!?'\"()]*")
_TRIPLE = re.compile(r"(\S)\1\1")
_EDGE = re.compile(r"^\W*|\W*$")
# A hostile text takes tens of milliseconds to normalise; so much of the lane's time evidence is not worth.
_LONG = 10_000  # characters
_MOST = 1_000  # chunks that are normalised
# Latin words around it decide how a chunk is read.
_BEFORE = "see "


class _Chunk(NamedTuple):
    """`normalised` begins at `at` of the searched text, `written` at `start` of the original one."""

    at: int
    start: int
    written: str
    normalised: str

    def places(self, start: int, end: int) -> tuple[int, int]:
        """Offsets in the original text of `normalised[start:end]`."""
        if len(self.normalised) == len(self.written):
            return self.start + start, self.start + end
        surface = self.normalised[start:end].lower()
        lowered = self.written.lower()
        if len(lowered) == len(self.written) and lowered.count(surface) == 1:
            found = self.start + lowered.index(surface)
            return found, found + len(surface)
        core = _EDGE.sub("", self.written) or self.written
        found = self.start + self.written.index(core)
        return found, found + len(core)


def places(
    written: str, search: Callable[[str], list[Hit]], terms: Collection[Term], most: int
) -> dict[str, list[tuple[int, int]]]:
    """A term's label -> where it first stands in `written`, `most` places at most, of terms that are found again."""
    as_is = len(written) <= _LONG and normalise(written) == written
    chunks = [_Chunk(0, 0, written, written)] if as_is else _chunks(written)
    text = " ".join(chunk.normalised for chunk in chunks)
    starts = [chunk.at for chunk in chunks]
    found: dict[str, list[tuple[int, int]]] = {term.label: [] for term in terms}
    for hit in search(text):
        spans = found.get(hit.term.label)
        if spans is not None and len(spans) < most:
            first = chunks[bisect_right(starts, hit.start) - 1]
            last = chunks[bisect_right(starts, hit.end - 1) - 1]
            start, _ = first.places(hit.start - first.at, min(hit.end - first.at, len(first.normalised)))
            _, end = last.places(max(hit.start - last.at, 0), hit.end - last.at)
            spans.append((start, end))
    return found


def _chunks(written: str) -> list[_Chunk]:
    chunks: list[_Chunk] = []
    at = changed = 0
    for match in _CHUNK.finditer(written):
        chunk = normalised = match[0]
        if not _PLAIN.fullmatch(chunk) or _TRIPLE.search(chunk):
            changed += 1
            if changed > _MOST:
                break
            normalised = normalise(_BEFORE + chunk).removeprefix(_BEFORE).strip()
        if normalised:
            chunks.append(_Chunk(at, match.start(), chunk, normalised))
            at += len(normalised) + 1
    return chunks
