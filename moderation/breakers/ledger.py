"""What the worker of one partition has noted for one breaker, as it stands on the `counts` topic."""

import base64
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from moderation.breakers.tally import Cell, Tally
from moderation.breakers.trips import Trip
from moderation.events import Alarm, Decision, Post

SEEN = 512
"""How many of the posts counted last a partition remembers, so that none counts twice."""

_DIGEST = 8
_TRIPS = 8
_ALARMS = 4
_TALLIES = 8


@dataclass(slots=True)
class Ledger:
    """`offset` is the place in the scored topic of the record counted last, -1 before the first.

    `seen` is digest of a post -> whether it was acted on; `alarms` are those told last, each with the offset of the
    record that they were told with.
    """

    offset: int = -1
    tallies: dict[int, Tally] = field(default_factory=dict)
    trips: list[Trip] = field(default_factory=list)
    seen: dict[bytes, bool] = field(default_factory=dict)
    alarms: list[tuple[int, Alarm]] = field(default_factory=list)

    def count(self, time: float, posts: Cell, windows_s: Iterable[int]) -> None:
        """Count posts of a time in windows of these lengths."""
        for window_s in windows_s:
            tally = self.tallies.get(window_s)
            if tally is None:
                tally = self.tallies[window_s] = Tally(window_s)
                if len(self.tallies) > _TALLIES:  # of policies long gone
                    del self.tallies[next(iter(self.tallies))]
            tally.add(time, posts)

    def remember(self, post: bytes, acted: bool) -> None:
        """Note that a post has been counted."""
        self.seen[post] = acted
        if len(self.seen) > SEEN:
            del self.seen[next(iter(self.seen))]

    def tell(self, offset: int, alarm: Alarm) -> None:
        """Note that an alarm is told."""
        self.alarms = [*self.alarms, (offset, alarm)][-_ALARMS:]

    def trip(self, trip: Trip) -> None:
        """Note that the breaker has tripped."""
        self.trips = [*self.trips, trip][-_TRIPS:]

    def to_json(self) -> bytes:
        """As it stands on the topic."""
        content = {
            "offset": self.offset,
            "tallies": {str(own.window_s): _flat(own) for own in self.tallies.values()},
            "trips": [[trip.at, trip.since, trip.until, trip.cool_s] for trip in self.trips],
            "seen": base64.b64encode(b"".join(post + bytes([acted]) for post, acted in self.seen.items())).decode(),
            "alarms": [[offset, json.loads(alarm.to_json())] for offset, alarm in self.alarms],
        }
        return json.dumps(content, separators=(",", ":")).encode()


def read(value: bytes) -> Ledger:
    """The ledger in a value of the topic, for the one who goes on with it. Raises `ValueError` for anything else."""
    try:
        content = json.loads(value)
        seen = base64.b64decode(content["seen"])
        posts = [seen[start : start + _DIGEST + 1] for start in range(0, len(seen), _DIGEST + 1)]
        return Ledger(
            int(content["offset"]),
            {int(window_s): _tally(int(window_s), flat) for window_s, flat in content["tallies"].items()},
            [Trip(*map(float, trip)) for trip in content["trips"]],
            {post[:_DIGEST]: bool(post[_DIGEST]) for post in posts},
            [(int(offset), Alarm.model_validate(alarm)) for offset, alarm in content["alarms"]],
        )
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise ValueError(f"no ledger of a breaker: {error}") from None


@lru_cache(maxsize=256)
def shared(value: bytes) -> Ledger:
    """The same for those who only look at it: the partitions of one worker hear the same of all others."""
    return read(value)


def digest(post: Post | Decision) -> bytes:
    """What a revision of a post is remembered by."""
    name = f"{post.revision}:{post.post_id}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(name, digest_size=_DIGEST).digest()


def _flat(tally: Tally) -> list[int]:
    """Steps from the earliest, each as the distance to the one before, with its counts."""
    flat: list[int] = []
    before = 0
    for step in sorted(tally.cells):
        cell = tally.cells[step]
        flat += (step - before, cell.acted, cell.stopped, cell.decided)
        before = step
    return flat


def _tally(window_s: int, flat: list[Any]) -> Tally:
    tally = Tally(window_s)
    step = 0
    for place in range(0, len(flat), 4):
        step += int(flat[place])
        tally.cells[step] = Cell(*map(int, flat[place + 1 : place + 4]))
    return tally
