"""Strikes of one author: for each post, what the greatest decision on it gave."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MOST_POSTS = 1_000
"""Of an author with strikes for more posts, those that expire first are forgotten."""

Rank = tuple[int, int, int, int]
"""`Decision.order()`, then for a human's the time of the verdict: the greater decides."""


@dataclass(frozen=True, slots=True)
class Given:
    """What a decision on a post means for its author. `weights` is by reason, and empty where it takes strikes back.

    All of it counts until `until`, in microseconds since 1970; `weights` holds weight and end of each.
    """

    rank: Rank
    until: int
    weights: Mapping[str, tuple[float, int]]


class Strikes:
    """A set: which decisions came says what it holds, in whatever order and however often they came."""

    __slots__ = ("_posts",)

    def __init__(self) -> None:
        self._posts: dict[int, Given] = {}

    def __bool__(self) -> bool:
        return bool(self._posts)

    def note(self, post: int, given: Given) -> bool:
        """Take a decision on a post, unless one as great is there; whether anything changed."""
        known = self._posts.get(post)
        if known is not None and known.rank >= given.rank:
            return False
        self._posts[post] = given
        if len(self._posts) > MOST_POSTS:
            del self._posts[min(self._posts, key=lambda own: self._posts[own].until)]
        return True

    def join(self, other: "Strikes") -> None:
        """Take what another holds."""
        for post, given in other._posts.items():
            self.note(post, given)

    def weight(self, time_us: int, reason: str = "") -> float:
        """Of those that have not expired, for one reason or all."""
        return math.fsum(
            weight
            for given in self._posts.values()
            for own, (weight, until) in given.weights.items()
            if until > time_us and reason in ("", own)
        )

    @property
    def until(self) -> int:
        """When the last of it is over; 0 where there is none."""
        return max((given.until for given in self._posts.values()), default=0)

    def expire(self, time_us: int) -> None:
        """Forget what is over."""
        if any(given.until <= time_us for given in self._posts.values()):
            self._posts = {post: given for post, given in self._posts.items() if given.until > time_us}

    def written(self) -> list[list[Any]]:
        """As JSON."""
        return [[post, *given.rank, given.until, given.weights] for post, given in self._posts.items()]

    @classmethod
    def read(cls, parts: list[list[Any]]) -> "Strikes":
        """From what was written."""
        strikes = cls()
        for post, revision, stage, settled, decided_at, until, weights in parts:
            read = {reason: (weight, end) for reason, (weight, end) in weights.items()}
            strikes._posts[post] = Given((revision, stage, settled, decided_at), until, read)
        return strikes
