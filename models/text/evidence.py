"""Where the deciding window of a long text stands in the text as it was written.

The model reads the normalised text, whose offsets differ. A window is therefore found again by a few words at its
beginning and at its end that both texts have exactly once; where there are none, there is no evidence.
"""

import re
from typing import NamedTuple

_WORDS = 3
_LENGTH = 12  # characters; shorter runs of words are seldom alone in a text
_TRIES = 8


class Window(NamedTuple):
    """Runs of words near both ends of a window, nearest first, each unique in the normalised text."""

    head: tuple[str, ...]
    tail: tuple[str, ...]


def window_at(normalised: str, start: int, end: int) -> Window:
    """The window over `normalised[start:end]`."""
    words = normalised[start:end].split()
    runs = [" ".join(words[i : i + _WORDS]) for i in range(len(words) - _WORDS + 1)]
    return Window(_unique(runs[:_TRIES], normalised), _unique(runs[: -_TRIES - 1 : -1], normalised))


def span_in(original: str, window: Window) -> tuple[int, int] | None:
    """Character offsets of the window in the text as written, to within a few words; None where not found."""
    heads = (found for run in window.head if (found := _only(original, run)))
    tails = (found for run in window.tail if (found := _only(original, run)))
    head, tail = next(heads, None), next(tails, None)
    if head is None or tail is None or head[0] >= tail[1]:
        return None
    return head[0], tail[1]


def _unique(runs: list[str], text: str) -> tuple[str, ...]:
    return tuple(run for run in runs if len(run) >= _LENGTH and text.find(run) == text.rfind(run))


def _only(original: str, run: str) -> tuple[int, int] | None:
    """Where the words stand, with any blanks between them, if at one place only."""
    words = re.compile(r"\s+".join(map(re.escape, run.split())))
    first = words.search(original)
    # From its second character on: places that overlap are two.
    return first.span() if first is not None and not words.search(original, first.start() + 1) else None
