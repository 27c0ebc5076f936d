"""Counts over a sliding window, in steps: what happened in the last sixty sixtieths of it.

A step is a sixtieth of the window, so a count is bounded in size, and exact but for the age of its oldest step. Twice
the window is kept: what comes late, or again, finds the counts of its own time.
"""

from collections.abc import Iterator, Sequence

STEPS = 60
"""A window has so many."""

KEPT = 2 * STEPS
"""So many are kept, up to the newest."""

FULL = 1_000
"""The most that are told apart; a set that has more says so many."""

MICROSECONDS = 1_000_000


def step_of(time_us: int, window_s: int) -> int:
    """The number of the step in which a moment lies: `time_us` is microseconds since 1970."""
    return time_us * STEPS // (window_s * MICROSECONDS)


class Counter:
    """How often something happened, per step."""

    __slots__ = ("_counts", "newest")

    def __init__(self) -> None:
        self.newest = 0
        self._counts: dict[int, int] = {}

    def add(self, step: int) -> None:
        """Once more. What is too old to be kept is not counted."""
        if step > self.newest:
            self.newest = step
            oldest = step - KEPT
            if self._counts and min(self._counts) <= oldest:
                self._counts = {own: count for own, count in self._counts.items() if own > oldest}
        if step > self.newest - KEPT:
            self._counts[step] = self._counts.get(step, 0) + 1

    def count(self, step: int) -> int:
        """How often in the window that ends with this step."""
        first = step - STEPS
        return sum(count for own, count in self._counts.items() if first < own <= step)

    def knows(self, step: int) -> bool:
        """Whether the window that ends with this step is still kept whole."""
        return step > self.newest - STEPS

    def written(self) -> list[int]:
        """As numbers: the newest step, then age and count of each."""
        return [self.newest, *(number for own, count in self._counts.items() for number in (self.newest - own, count))]

    @classmethod
    def read(cls, numbers: Sequence[int]) -> "Counter":
        """From what was written."""
        counter = cls()
        counter.newest = numbers[0]
        counter._counts = {numbers[0] - age: count for age, count in zip(numbers[1::2], numbers[2::2], strict=True)}
        return counter


class Distinct:
    """Which members occurred: for each the steps between which it did so at least once in every window.

    At most `FULL` are kept. A member is a 64-bit digest.
    """

    __slots__ = ("_members", "newest")

    def __init__(self) -> None:
        self.newest = 0
        self._members: dict[int, tuple[int, int]] = {}

    def add(self, member: int, step: int) -> None:
        """It occurred. What is too old to be kept is not counted."""
        self.newest = max(self.newest, step)
        if step <= self.newest - KEPT:
            return
        known = self._members.get(member)
        if known is None:
            if len(self._members) >= FULL and not self._made_room():
                return
            self._members[member] = (step, step)
        elif step - STEPS >= known[1]:
            self._members[member] = (step, step)
        elif step + STEPS > known[0]:
            self._members[member] = (min(known[0], step), max(known[1], step))

    def members(self, step: int) -> Iterator[int]:
        """Those of the window that ends with this step."""
        first = step - STEPS
        return (member for member, (since, last) in self._members.items() if since <= step and last > first)

    def knows(self, step: int) -> bool:
        """Whether the window that ends with this step is still kept whole."""
        return step > self.newest - STEPS

    def _made_room(self) -> bool:
        """Drop what is not of the newest window, the older half of what is kept."""
        first = self.newest - STEPS
        self._members = {member: own for member, own in self._members.items() if own[1] > first}
        return len(self._members) < FULL

    def written(self) -> list[int]:
        """As numbers: the newest step, then each member and the ages of its steps."""
        oldest = self.newest - KEPT
        kept = ((member, *own) for member, own in self._members.items() if own[1] > oldest)
        ages = ((member, self.newest - since, self.newest - last) for member, since, last in kept)
        return [self.newest, *(number for one in ages for number in one)]

    @classmethod
    def read(cls, numbers: Sequence[int]) -> "Distinct":
        """From what was written."""
        distinct = cls()
        distinct.newest = newest = numbers[0]
        parts = zip(numbers[1::3], numbers[2::3], numbers[3::3], strict=True)
        distinct._members = {member: (newest - since, newest - last) for member, since, last in parts}
        return distinct
