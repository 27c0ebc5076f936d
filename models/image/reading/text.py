"""The lines of a picture as one text, and where each of them stands in it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from models.image.reading.line import Line

MOST_CHARACTERS = 5_000
"""What lies beyond is not scored: a picture is no book."""

# Chinese and Japanese put no blanks between words.
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of lines: `first` and `last` are their places among the text's lines, both included."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Text:
    """Lines in reading order, joined: by blanks in a row, by line breaks in a block, by empty lines between blocks.

    `spans` are the character offsets of each line in `written`.
    """

    lines: tuple[Line, ...]
    written: str
    spans: tuple[tuple[int, int], ...]

    @property
    def blocks(self) -> list[Passage]:
        """The blocks, in order."""
        groups = [list(group) for _, group in groupby(range(len(self.lines)), lambda i: self.lines[i].block)]
        return [Passage(group[0], group[-1]) for group in groups]

    def of(self, passage: Passage) -> str:
        """What a passage says."""
        return self.written[self.spans[passage.first][0] : self.spans[passage.last][1]]

    def at(self, start: int, end: int) -> list[Line]:
        """The lines that have part of `written[start:end]`."""
        return [
            line for line, (first, last) in zip(self.lines, self.spans, strict=True) if first < end and start < last
        ]


def joined(lines: Sequence[Line]) -> Text:
    """The text that lines in reading order make, of the first `MOST_CHARACTERS`."""
    written = ""
    kept: list[Line] = []
    spans: list[tuple[int, int]] = []
    for line in lines:
        start = written + _between(kept[-1], line) if kept else ""
        if len(start) + len(line.text) > MOST_CHARACTERS:
            break
        kept.append(line)
        spans.append((len(start), len(start) + len(line.text)))
        written = start + line.text
    return Text(tuple(kept), written, tuple(spans))


def _between(line: Line, following: Line) -> str:
    if line.block != following.block:
        return "\n\n"
    if line.row == following.row:
        return " "
    goes_on = _UNSPACED.match(line.text[-1:]) and _UNSPACED.match(following.text[:1])
    return "" if goes_on else "\n"
