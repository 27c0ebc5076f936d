"""The text of a post with what was found in it, as stretches that each have the same marks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from moderation.desk.showing.characters import Piece, pieces
from moderation.events import Evidence


@dataclass(frozen=True, slots=True)
class Mark:
    """Something found in the text. `number` is its place in the list of all, from 1; `label` what was found."""

    number: int
    signal: str
    value: float
    label: str | None
    start: int
    end: int

    @property
    def told(self) -> str:
        """`text.hate 0.93`, with what was found there."""
        return f"{self.signal} {self.value:.2f}" + (f" ({self.label})" if self.label else "")


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the text under the same marks, which stand from the one that begins first."""

    pieces: tuple[Piece, ...]
    marks: tuple[Mark, ...]

    @property
    def text(self) -> str:
        """As it was written."""
        return "".join(piece.text for piece in self.pieces)

    @property
    def told(self) -> str:
        """All its marks in words."""
        return "; ".join(mark.told for mark in self.marks)

    @property
    def depth(self) -> int:
        """How many marks lie over each other, up to 3: how strongly it stands out."""
        return min(len(self.marks), 3)

    @property
    def begins(self) -> tuple[Mark, ...]:
        """Those of its marks that begin here."""
        start = self.pieces[0].start
        return tuple(mark for mark in self.marks if mark.start == start)


def marks_of(text: str, evidence: Iterable[Evidence]) -> tuple[Mark, ...]:
    """What was found in the text itself, in its order; spans that reach beyond it are cut, empty ones left out."""
    found = []
    for each in evidence:
        if each.start is None or each.end is None or each.media_id is not None:
            continue
        start, end = max(0, each.start), min(len(text), each.end)
        if start < end:
            found.append((start, end, each.signal, each.value, each.label))
    ordered = sorted(dict.fromkeys(found), key=lambda each: (each[0], -each[1], each[2]))
    return tuple(
        Mark(number, signal, value, label, start, end)
        for number, (start, end, signal, value, label) in enumerate(ordered, 1)
    )


def stretches(text: str, marks: Sequence[Mark]) -> tuple[Stretch, ...]:
    """The whole text in order, cut wherever a mark begins or ends."""
    edges = sorted({0, len(text), *(mark.start for mark in marks), *(mark.end for mark in marks)})
    whole = list(pieces(text))
    found = []
    first = 0
    for start, end in pairwise(edges):
        own: list[Piece] = []
        while first < len(whole):
            piece = whole[first]
            if piece.start >= end:
                break
            until = piece.start + len(piece.text)
            own.append(_part(piece, start, end))
            if until > end:
                break
            first += 1
        over = tuple(mark for mark in marks if mark.start <= start and end <= mark.end)
        found.append(Stretch(tuple(own), over))
    return tuple(found)


def _part(piece: Piece, start: int, end: int) -> Piece:
    begin = max(start, piece.start)
    return Piece(begin, piece.text[begin - piece.start : end - piece.start], piece.hidden)
