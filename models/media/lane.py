"""The lanes of pictures and of clips: what those of a post show."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Literal, Protocol

from models.image.sight import Sight, together
from moderation.errors import MediaError, ModelError
from moderation.events import LaneName, LaneResult, Media, Scored, Timeline


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Looks(Protocol):
    """What a lane needs to look at its media items."""

    async def look(self, item: Media, until: datetime | None) -> Sight:
        """What is seen in it. Raises `MediaError`, and `ModelError` where a model fails."""
        ...

    async def close(self) -> None:
        """Close connections, end processes and threads."""
        ...


class MediaLane:
    """Looks at the pictures, or the clips, of posts (`moderation.lane.Lane`).

    Of several items the greatest of every score counts. An item that fails makes the lane's result `failed`, with the
    reason of each in `failures`; what was seen in the others stands in the record all the same, and the policy takes
    it as the least that there is.
    """

    def __init__(
        self,
        name: Literal["image", "video"],
        looking: Looks,
        deadline: timedelta | None = None,
        at_once: int = 64,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        """`at_once` items under way are enough: with so many the lane is not ready for more."""
        self.name: LaneName = name
        self._looking = looking
        self._deadline = deadline
        self._at_once = at_once
        self._now = now
        self._under_way = 0
        self._room = asyncio.Event()
        self._room.set()

    async def score(self, records: Sequence[Scored]) -> list[Scored]:
        """Signals `image.*` or `video.*` of every record that waits for the lane; others are given back as they are."""
        return list(await asyncio.gather(*(self._scored(record) for record in records)))

    async def ready(self) -> None:
        """Return when there is room for more."""
        await asyncio.sleep(0)  # a call that was made a task just now must count its items first
        await self._room.wait()

    async def close(self) -> None:
        """Close connections, end processes and threads."""
        await self._looking.close()

    async def _scored(self, record: Scored) -> Scored:
        items = [item for item in record.post.media if item.kind == self.name]
        if self.name not in record.lanes_in("pending"):
            return record
        if not items:
            return self._add(record, LaneResult(state="nothing_to_score"), Sight())
        until = None if self._deadline is None else record.source.time + self._deadline
        if until is not None and until <= self._now():
            return self._add(record, LaneResult(state="failed", reason="deadline"), None)
        began = time.perf_counter()
        self._count(len(items))
        try:
            seen = await asyncio.gather(*(self._look(item, until) for item in items))
        finally:
            self._count(-len(items))
        took_ms = round((time.perf_counter() - began) * 1000, 3)
        return self._with_sights(record, items, seen, took_ms)

    async def _look(self, item: Media, until: datetime | None) -> Sight | str:
        """What is seen, or why it is not known."""
        try:
            async with asyncio.timeout(None if until is None else (until - self._now()).total_seconds()):
                return await self._looking.look(item, until)
        except MediaError as error:
            return error.reason
        except TimeoutError:
            return "deadline"
        except ModelError as error:
            return f"model: {error}"

    def _count(self, items: int) -> None:
        self._under_way += items
        if self._under_way < self._at_once:
            self._room.set()
        else:
            self._room.clear()

    def _with_sights(
        self, record: Scored, items: Sequence[Media], seen: Sequence[Sight | str], took_ms: float
    ) -> Scored:
        failures: dict[str, str] = {}
        sights: list[Sight] = []
        timelines: dict[str, Timeline] = {}
        for item, each in zip(items, seen, strict=True):
            reason = each.incomplete if isinstance(each, Sight) else each
            if reason is not None:
                failures[item.media_id] = reason
            if isinstance(each, Sight):
                sights.append(self._named(each, item.media_id))
                if each.timeline is not None:
                    timelines[item.media_id] = self._of_lane(each.timeline)
        sight = together(sights) if sights else None
        result = LaneResult(
            state="failed" if failures else "scored",
            reason=next(iter(failures.values()), None),
            failures=failures or None,
            models={} if sight is None else {f"{self.name}.{name}": model for name, model in sight.models.items()},
            evidence=() if sight is None else sight.evidence,
            timelines=timelines or None,
            took_ms=took_ms,
        )
        return self._add(record, result, sight)

    def _of_lane(self, timeline: Timeline) -> Timeline:
        scores = {f"{self.name}.{name}": moments for name, moments in timeline.scores.items()}
        return timeline.model_copy(update={"scores": scores})

    def _named(self, sight: Sight, media_id: str) -> Sight:
        """With evidence that says which item it is about."""
        evidence = tuple(
            each.model_copy(update={"signal": f"{self.name}.{each.signal}", "media_id": media_id})
            for each in sight.evidence
        )
        return replace(sight, evidence=evidence)

    def _add(self, record: Scored, result: LaneResult, sight: Sight | None) -> Scored:
        """The record with the lane's part; other lanes' parts stay. Values are ours, so not validated again."""
        if sight is None:
            return record.model_copy(update={"lanes": {**record.lanes, self.name: result}})
        return record.model_copy(
            update={
                "lanes": {**record.lanes, self.name: result},
                "signals": {**record.signals, **{f"{self.name}.{name}": each for name, each in sight.signals.items()}},
                "attributes": {**record.attributes, **sight.attributes(self.name)},
            }
        )
