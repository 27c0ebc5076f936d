"""How many posts a breaker has counted, in steps of the posts' own time."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

STEPS = 60
"""A window has so many steps: a minute is counted in seconds, a day in 24 minutes."""

KEPT = 2 * STEPS
"""Steps with posts that a partition keeps. A partition may lag behind another by a window, and both count right."""


@dataclass(slots=True)
class Cell:
    """Of the posts of one step: those acted on, those that the breaker stopped, and all that were decided."""

    acted: int = 0
    stopped: int = 0
    decided: int = 0

    def __iadd__(self, other: "Cell") -> "Cell":
        self.acted += other.acted
        self.stopped += other.stopped
        self.decided += other.decided
        return self


@dataclass(slots=True)
class Tally:
    """The counts of one partition for windows of `window_s` seconds, by step; a step is a sixtieth of a window."""

    window_s: int
    cells: dict[int, Cell] = field(default_factory=dict)

    def step(self, time: float) -> int:
        """The step that a time lies in; seconds since the epoch."""
        return int(time * STEPS // self.window_s)

    def start(self, step: int) -> float:
        """When a step begins."""
        return step * self.window_s / STEPS

    def next_start(self, time: float) -> float:
        """When the next step begins, or this one if it begins just then."""
        step = self.step(time)
        return time if self.start(step) == time else self.start(step + 1)

    def add(self, time: float, posts: Cell) -> None:
        """Count posts of a time. The oldest steps are forgotten, never the one that is counted now."""
        step = self.step(time)
        cell = self.cells.get(step)
        if cell is None:
            cell = self.cells[step] = Cell()
            while len(self.cells) > KEPT:
                del self.cells[min(own for own in self.cells if own != step)]
        cell += posts


def together(tallies: Iterable[Tally], low: int, high: int) -> dict[int, Cell]:
    """The counts of several partitions for the steps `low` to `high`."""
    found: dict[int, Cell] = {}
    for tally in tallies:
        for step, cell in tally.cells.items():
            if low <= step <= high:
                found.setdefault(step, Cell()).__iadd__(cell)
    return found


def windows(cells: dict[int, Cell], first: int) -> Iterator[tuple[int, Cell]]:
    """The last step and the posts of each window that has the step `first` in it and ends with a step that has posts.

    A window spans 61 steps, so that no 60 in a row, wherever they begin, have more posts than the window says.
    """
    for end in sorted({first, *(step for step in cells if first < step <= first + STEPS)}):
        posts = Cell()
        for step, cell in cells.items():
            if end - STEPS <= step <= end:
                posts += cell
        yield end, posts
