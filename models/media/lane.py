"""The image lane: what the pictures of a post show."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from models.image.looking import Looking
from models.image.sight import Sight, together
from moderation.errors import MediaError, ModelError
from moderation.events import LaneName, LaneResult, Media, Scored


def _utc_now() -> datetime:
    return datetime.now(UTC)


class ImageLane:
    """Looks at the pictures of posts (`moderation.lane.Lane`).

    Of several pictures the greatest of every score counts. A picture that fails makes the lane's result `failed`,
    with the reason of each in `failures`; what was seen in the others stands in the record all the same, and the
    policy takes it as the least that there is.
    """

    name: LaneName = "image"

    def __init__(
        self,
        looking: Looking,
        deadline: timedelta | None = None,
        pictures_at_once: int = 64,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._looking = looking
        self._deadline = deadline
        self._at_once = pictures_at_once
        self._now = now
        self._under_way = 0
        self._room = asyncio.Event()
        self._room.set()

    async def score(self, records: Sequence[Scored]) -> list[Scored]:
        """Signals `image.*` of every record whose image lane is pending; others are given back as they are."""
        return list(await asyncio.gather(*(self._scored(record) for record in records)))

    async def ready(self) -> None:
        """Return when fewer pictures are under way than are looked at side by side."""
        await asyncio.sleep(0)  # a call that was made a task just now must count its pictures first
        await self._room.wait()

    async def close(self) -> None:
        """Close connections, end processes and threads."""
        await self._looking.close()

    async def _scored(self, record: Scored) -> Scored:
        items = [item for item in record.post.media if item.kind == "image"]
        if record.lanes.get("image") is None or record.lanes["image"].state != "pending":
            return record
        if not items:
            return _add(record, LaneResult(state="nothing_to_score"), Sight())
        until = None if self._deadline is None else record.source.time + self._deadline
        if until is not None and until <= self._now():
            return _add(record, LaneResult(state="failed", reason="deadline"), None)
        began = time.perf_counter()
        self._count(len(items))
        try:
            seen = await asyncio.gather(*(self._look(item, until) for item in items))
        finally:
            self._count(-len(items))
        took_ms = round((time.perf_counter() - began) * 1000, 3)
        return _with_sights(record, items, seen, took_ms)

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

    def _count(self, pictures: int) -> None:
        self._under_way += pictures
        if self._under_way < self._at_once:
            self._room.set()
        else:
            self._room.clear()


def _with_sights(record: Scored, items: Sequence[Media], seen: Sequence[Sight | str], took_ms: float) -> Scored:
    failures = {item.media_id: each for item, each in zip(items, seen, strict=True) if isinstance(each, str)}
    sights = [_named(each, item.media_id) for item, each in zip(items, seen, strict=True) if isinstance(each, Sight)]
    sight = together(sights) if sights else None
    result = LaneResult(
        state="failed" if failures else "scored",
        reason=next(iter(failures.values()), None),
        failures=failures or None,
        models={} if sight is None else {f"image.{name}": model for name, model in sight.models.items()},
        evidence=() if sight is None else sight.evidence,
        took_ms=took_ms,
    )
    return _add(record, result, sight)


def _named(sight: Sight, media_id: str) -> Sight:
    """With evidence that says which picture it is about."""
    evidence = tuple(
        each.model_copy(update={"signal": f"image.{each.signal}", "media_id": media_id}) for each in sight.evidence
    )
    return replace(sight, evidence=evidence)


def _add(record: Scored, result: LaneResult, sight: Sight | None) -> Scored:
    """The record with the image lane's part; other lanes' parts stay. Values are ours, so not validated again."""
    if sight is None:
        return record.model_copy(update={"lanes": {**record.lanes, "image": result}})
    return record.model_copy(
        update={
            "lanes": {**record.lanes, "image": result},
            "signals": {**record.signals, **{f"image.{name}": value for name, value in sight.signals.items()}},
            "attributes": {**record.attributes, **sight.attributes("image")},
        }
    )
