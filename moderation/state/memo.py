"""What is remembered under one key, and how it is written."""

import json

from moderation.errors import StateError
from moderation.state.strikes import Strikes
from moderation.state.windows import KEPT, MICROSECONDS, Counter, Distinct, step_of

VERSION = 1

LATE_US = 3_600 * MICROSECONDS
"""So much longer than a window needs something is kept, for lanes that report late."""

DAY_US = 86_400 * MICROSECONDS
FIRST_KEPT_US = 400 * DAY_US
"""An author who has not posted for so long counts as new."""


class Memo:
    """Counts of one author, text or domain; of an author, also when it was first seen and its strikes.

    `fence` is the offset on the posts topic up to which everything has been counted, -1 for nothing; `decided` the
    offset on the scored topic up to which decisions have been noted. `posts` is by window in seconds, `sets` by what
    is told apart and window. Times are microseconds since 1970.
    """

    __slots__ = ("decided", "fence", "first", "posts", "sets", "strikes", "time")

    def __init__(self) -> None:
        self.fence = -1
        self.decided = -1
        self.time = 0
        self.first: int | None = None
        self.posts: dict[int, Counter] = {}
        self.sets: dict[tuple[str, int], Distinct] = {}
        self.strikes = Strikes()

    @property
    def until(self) -> int:
        """From when on none of it matters any more."""
        windows = [*self.posts, *(window for _, window in self.sets)]
        counted = self.time + 2 * max(windows, default=0) * MICROSECONDS + LATE_US
        known = 0 if self.first is None else self.time + FIRST_KEPT_US
        return max(counted, known, self.strikes.until)

    def counter(self, window: int) -> Counter:
        """Of posts in a window; begun when first asked."""
        found = self.posts.get(window)
        if found is None:
            found = self.posts[window] = Counter()
        return found

    def set(self, kind: str, window: int) -> Distinct:
        """Of what is told apart in a window; begun when first asked."""
        found = self.sets.get((kind, window))
        if found is None:
            found = self.sets[kind, window] = Distinct()
        return found

    def drop_idle(self) -> None:
        """Drop windows that nobody has asked for so long that they are empty."""
        for window in [own for own, counter in self.posts.items() if self._idle(counter, own)]:
            del self.posts[window]
        for kind, window in [own for own, distinct in self.sets.items() if self._idle(distinct, own[1])]:
            del self.sets[kind, window]

    def _idle(self, counted: Counter | Distinct, window: int) -> bool:
        return counted.newest <= step_of(self.time - LATE_US, window) - KEPT

    def to_json(self) -> bytes:
        """As it stands on its topic."""
        content = {
            "v": VERSION,
            "fence": self.fence,
            "decided": self.decided,
            "time": self.time,
            "first": self.first,
            "posts": {window: counter.written() for window, counter in self.posts.items()},
            "sets": [[kind, window, *own.written()] for (kind, window), own in self.sets.items()],
            "strikes": self.strikes.written(),
        }
        return json.dumps({key: value for key, value in content.items() if value is not None and value != []},
                          separators=(",", ":")).encode()  # fmt: skip

    @classmethod
    def from_json(cls, value: bytes) -> "Memo":
        """Raises `StateError` for what is none, or was written by a version to come."""
        memo = cls()
        try:
            content = json.loads(value)
            if content["v"] != VERSION:
                raise StateError(f"is of version {content['v']}, this program knows {VERSION}: use the newer program")
            memo.fence, memo.decided, memo.time = content["fence"], content["decided"], content["time"]
            memo.first = content.get("first")
            memo.posts = {int(window): Counter.read(own) for window, own in content.get("posts", {}).items()}
            memo.sets = {(kind, window): Distinct.read(own) for kind, window, *own in content.get("sets", [])}
            memo.strikes = Strikes.read(content.get("strikes", []))
        except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
            raise StateError(f"is nothing that was remembered: {error!r}") from None
        return memo
