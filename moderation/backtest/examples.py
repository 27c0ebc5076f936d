"""Examples of changed posts: a sample that depends on the seed and the posts alone, not on how they were read."""

import hashlib
from bisect import insort
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, order=True)
class Example:
    """One changed post. `rank` is its place in a shuffle of all posts; `scores` are what the rules and lanes saw."""

    rank: bytes
    post_id: str
    revision: int
    before: str = field(compare=False)
    now: str = field(compare=False)
    facts: dict[str, Any] = field(compare=False, repr=False)


def rank(seed: int, post_id: str, revision: int) -> bytes:
    """Where a post stands in the shuffle of a seed."""
    name = f"{seed}:{revision}:{post_id}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(name, digest_size=8).digest()


@dataclass(slots=True)
class Examples:
    """The first `size` of each kind of change in the shuffle."""

    size: int = 0
    kinds: dict[str, list[Example]] = field(default_factory=dict)

    def wants(self, kind: str, place: bytes) -> bool:
        """Whether a post of this rank would be kept."""
        kept = self.kinds.get(kind, [])
        return self.size > 0 and (len(kept) < self.size or place < kept[-1].rank)

    def put(self, kind: str, example: Example) -> None:
        """Keep an example if it is among the first."""
        kept = self.kinds.setdefault(kind, [])
        insort(kept, example)
        del kept[self.size :]

    def add(self, other: "Examples") -> None:
        """Keep the first of both. Sizes are the same, or one of them is empty."""
        self.size = max(self.size, other.size)
        for kind, theirs in other.kinds.items():
            for example in theirs:
                self.put(kind, example)
