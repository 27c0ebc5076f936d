"""What may be left of a value: numbers as closed intervals of floats, texts as a finite set or all but one."""

import math
from dataclasses import dataclass

from moderation.policy.threevalued import Interval

EVERY_NUMBER: Interval = (-math.inf, math.inf)


def before(number: float) -> float:
    """The greatest float below: every value is a double, so x < c is x <= before(c)."""
    return math.nextafter(number, -math.inf)


def after(number: float) -> float:
    """The least float above."""
    return math.nextafter(number, math.inf)


def both(left: Interval, right: Interval) -> Interval | None:
    """What lies in two intervals; None for nothing."""
    low, high = max(left[0], right[0]), min(left[1], right[1])
    return (low, high) if low <= high else None


@dataclass(frozen=True, slots=True)
class Texts:
    """The listed texts, or all but these."""

    listed: frozenset[str]
    excluded: bool = False

    def __bool__(self) -> bool:
        return self.excluded or bool(self.listed)

    @property
    def single(self) -> str | None:
        """The one text that is left, if only one is."""
        return next(iter(self.listed)) if not self.excluded and len(self.listed) == 1 else None

    @property
    def complement(self) -> "Texts":
        """All other texts."""
        return Texts(self.listed, not self.excluded)

    def __and__(self, other: "Texts") -> "Texts":
        if self.excluded and other.excluded:
            return Texts(self.listed | other.listed, True)
        if self.excluded:
            return Texts(other.listed - self.listed)
        return Texts(self.listed - other.listed if other.excluded else self.listed & other.listed)

    def __or__(self, other: "Texts") -> "Texts":
        return (self.complement & other.complement).complement


EVERY_TEXT = Texts(frozenset(), True)
