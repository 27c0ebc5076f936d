"""Posts from a file through a lane and a policy, without Kafka: the decisions that the streams would give.

Posts are remembered as on one partition. Their time is `created_at`, or that of the file.
"""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from moderation.deciding import Decider
from moderation.errors import InvalidEvent
from moderation.events import Decision, Scored, Source
from moderation.intake import read_post
from moderation.lane import Lane
from moderation.policy import Policy
from moderation.release import InForce

_IN_FLIGHT = 2  # windows with the lane: one is prepared while the other is with the model


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that is not a valid post. Lines are counted from 1."""

    line: int
    error: InvalidEvent

    def to_json(self) -> bytes:
        """The line that stands in its place in the output."""
        return json.dumps({"line": self.line, "error": str(self.error), "kind": self.error.kind}).encode()


@dataclass(frozen=True, slots=True)
class Decided:
    """A line's post: the record with what the lane made of it, and the decision."""

    line: int
    record: Scored
    decision: Decision

    def to_json(self) -> bytes:
        """The decision, as it would stand on the topic."""
        return self.decision.to_json()


class Offline:
    """Takes windows of lines through one lane and one policy. `origin` and `time` name where the lines are from."""

    def __init__(self, lane: Lane, policy: Policy, origin: str, time: datetime, max_bytes: int) -> None:
        in_force = InForce(policy)
        self._lane = lane
        self._decider = Decider(lambda: in_force)
        self._origin = origin
        self._time = time
        self._max_bytes = max_bytes

    async def decide(self, windows: AsyncIterator[Sequence[bytes]]) -> AsyncIterator[list[Decided | Refused]]:
        """For each window, in order, what became of its lines, in order. Holds two windows at most."""
        under_way: deque[asyncio.Task[list[Scored | Refused]]] = deque()
        reading: asyncio.Task[Sequence[bytes] | None] | None = None
        line = 1
        ended = False
        try:
            while True:
                if reading is None and not ended and len(under_way) < _IN_FLIGHT:
                    reading = asyncio.create_task(_next(windows))
                waited_for = {*list(under_way)[:1], *([reading] if reading else [])}
                if not waited_for:
                    return
                await asyncio.wait(waited_for, return_when=asyncio.FIRST_COMPLETED)
                if reading is not None and reading.done():
                    window = reading.result()
                    reading = None
                    if window is None:
                        ended = True
                    else:
                        under_way.append(asyncio.create_task(self._window(window, line)))
                        line += len(window)
                if under_way and under_way[0].done():
                    yield self._decided(under_way.popleft().result())
        finally:
            for task in (*under_way, *([reading] if reading else [])):
                task.cancel()

    async def _window(self, window: Sequence[bytes], first: int) -> list[Scored | Refused]:
        read = [self._read(value, line) for line, value in enumerate(window, first)]
        scored = iter(await self._lane.score([record for record in read if isinstance(record, Scored)]))
        return [record if isinstance(record, Refused) else next(scored) for record in read]

    def _read(self, value: bytes, line: int) -> Scored | Refused:
        source = Source(topic=self._origin, partition=0, offset=line - 1, time=self._time)
        try:
            record = read_post(value, source, self._max_bytes)
            posted = record.post.created_at
            return (
                record.model_copy(update={"source": source.model_copy(update={"time": posted})}) if posted else record
            )
        except InvalidEvent as error:
            return Refused(line, error)

    def _decided(self, window: Sequence[Scored | Refused]) -> list[Decided | Refused]:
        """In the order of the lines: each is decided by what is remembered of those before it."""
        found = [record if isinstance(record, Refused) else self._decide(record) for record in window]
        self._decider.changes()  # has it forget what no window reaches any more
        return found

    def _decide(self, record: Scored) -> Decided:
        record = record.model_copy(update={"post": record.post.without_inline_media()})
        line = record.source.offset + 1
        return Decided(line, record, self._decider.record(record, line).decision)


async def _next(windows: AsyncIterator[Sequence[bytes]]) -> Sequence[bytes] | None:
    return await anext(windows, None)
