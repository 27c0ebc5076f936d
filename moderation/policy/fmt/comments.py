"""The comments of a YAML text, which its nodes do not keep, with the place of each."""

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from yaml import BlockEntryToken, ScalarToken, Token

from moderation.policy.positions import lines_of

_COMMENT = re.compile(r"#[^\r\n\x85\u2028\u2029]*")
_HEADER_COMMENT = re.compile(r"[^\r\n\x85\u2028\u2029#]*(#[^\r\n\x85\u2028\u2029]*)")


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment, with its `#`. Line and column count from 0."""

    index: int
    line: int
    column: int
    text: str


class Comments:
    """Hands the comments of a text out in their order, to whoever writes the nodes in the same order."""

    def __init__(self, source: str, tokens: Iterable[Token]) -> None:
        self._lines = lines_of(source)
        self._found: list[Comment] = []
        self._next = 0
        self.dashes: list[tuple[int, int, int]] = []  # index, line and column of every '-'
        self._starts = _line_starts(source)
        end = 0
        for token in tokens:
            self._in_gap(source, end, token.start_mark.index)
            end = max(end, token.end_mark.index)
            if isinstance(token, BlockEntryToken):
                mark = token.start_mark
                self.dashes.append((mark.index, mark.line, mark.column))
            elif isinstance(token, ScalarToken) and token.style in ("|", ">"):
                header = _HEADER_COMMENT.match(source, token.start_mark.index, end)
                if header:
                    self._add(header.start(1), header[1])
        self._in_gap(source, end, len(source))

    def _in_gap(self, source: str, start: int, end: int) -> None:
        for match in _COMMENT.finditer(source, start, max(start, end)):
            self._add(match.start(), match.group())

    def _add(self, index: int, text: str) -> None:
        line = _line_at(self._starts, index)
        self._found.append(Comment(index, line, index - self._starts[line], text.rstrip()))

    @property
    def texts(self) -> list[str]:
        """All comments, in their order."""
        return [comment.text for comment in self._found]

    def any_in(self, start: int, end: int) -> bool:
        """Whether a comment stands between two places of the text."""
        return any(start <= comment.index < end for comment in self._found)

    def waiting(self, end: int) -> bool:
        """Whether a comment before a place has not been handed out."""
        return self._next < len(self._found) and self._found[self._next].index < end

    def trailing(self, line: int, end: int) -> str:
        """The next comment if it stands on a line, before a place; else nothing."""
        if self.waiting(end) and self._found[self._next].line == line:
            self._next += 1
            return self._found[self._next - 1].text
        return ""

    def above(self, end: int, least_column: int = 0) -> list[str]:
        """The next comments before a place, up to one that stands further to the left. A blank line is ''."""
        lines: list[str] = []
        while self.waiting(end) and self._found[self._next].column >= least_column:
            comment = self._found[self._next]
            lines += [""] * self.blank_above(comment.index) + [comment.text]
            self._next += 1
        return lines

    def blank_above(self, index: int) -> bool:
        """Whether a blank line precedes what begins at a place; not one inside a text that ends on the same line."""
        line = _line_at(self._starts, index)
        before = self._lines[line][: index - self._starts[line]]
        return line > 0 and not before.strip(" -?[{,") and not self._lines[line - 1].strip()


def _line_starts(source: str) -> list[int]:
    return [0, *(match.end() for match in re.finditer(r"\r\n|[\n\r\x85\u2028\u2029]", source))]


def _line_at(starts: list[int], index: int) -> int:
    return bisect_right(starts, index) - 1
