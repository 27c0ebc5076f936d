"""Records for a text lane, and a call of it."""

import asyncio
import threading
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from models.runtime.classifier import Array, Row
from models.stub import Stub
from models.text.lane import TextLane
from moderation.events import LaneResult, Post, Scored, Source

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def record(text: str, **post: Any) -> Scored:
    return Scored(
        post=Post(post_id=f"p-{text[:20]}", text=text, **post),
        source=Source(topic="posts", partition=0, offset=0, time=NOW),
        lanes={"text": LaneResult(state="pending")},
    )


def score(lane: TextLane, records: Sequence[Scored]) -> list[Scored]:
    """One call on a lane that is closed afterwards."""

    async def call() -> list[Scored]:
        try:
            return await lane.score(records)
        finally:
            await lane.close()

    return asyncio.run(call())


class Counting(Stub):
    """The stub, which counts how often it is run on each row."""

    def __init__(self, sessions: int = 2) -> None:
        super().__init__(sessions=sessions)
        self.runs: Counter[bytes] = Counter()
        self.lock = threading.Lock()

    def run(self, rows: Sequence[Row], session: int) -> Array:
        with self.lock:
            self.runs.update(map(bytes, rows))
        return super().run(rows, session)
