"""Which frames of an animation are kept, when its length is known only at its end."""

from dataclasses import dataclass

from models.media.decoding.decoded import Pixels

SHORTEST_MS = 10
INSTEAD_MS = 100
"""Browsers show a frame that asks for 10 ms or less for 100 ms."""


@dataclass(frozen=True)
class Still:
    """One frame as it lies in the file, or smaller."""

    index: int
    at_ms: int
    pixels: Pixels


class Sample:
    """Of a sequence of frames at most `most`: the first, the one shown longest, the last, and others evenly spread.

    What is meant to be seen is shown long, or stays at the end, and can hide between no two samples. The others are
    every nth frame; when there are too many, every second of them is dropped and n doubles. The longest needs room
    for three.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._room = max(most - 2, 1)
        self._stride = 1
        self._spread: list[Still] = []
        self._longest: Still | None = None
        self._longest_ms = -1
        self._last: Still | None = None
        self._ends_at_ms = 0
        self.count = 0

    def add(self, pixels: Pixels, shown_ms: float | None) -> None:
        """The next frame and for how long it is shown; None for pages, which have no time."""
        shown = 0 if shown_ms is None else round(shown_ms) if shown_ms > SHORTEST_MS else INSTEAD_MS
        still = self._last = Still(self.count, self._ends_at_ms, pixels)
        if still.index % self._stride == 0:
            self._spread.append(still)
            if len(self._spread) > self._room:
                self._spread = self._spread[::2]
                self._stride *= 2
        if shown > self._longest_ms:
            self._longest, self._longest_ms = still, shown
        self.count += 1
        self._ends_at_ms += shown

    def kept(self) -> list[Still]:
        """What is kept of the frames so far, in their order."""
        stills = {still.index: still for still in self._spread}
        for still in (self._last, self._longest):
            if still is not None and len(stills) < self._most:
                stills[still.index] = still
        return [stills[index] for index in sorted(stills)]
