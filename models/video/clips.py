"""What sees clips: frames slice by slice, looked at as pictures are, and pooled."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from models.image.senses import Senses
from models.image.sight import WORTH_SHOWING, Sight, stamped, together, unprinted
from models.media.clips import ClipDecoder
from models.media.decoding import Frame, Wanted
from models.video.pooling import Pool, Pooled
from moderation.errors import DecoderFailed
from moderation.events import Evidence, Timeline

FRAMES = 8
"""Of one slice: then other clips have their turn."""

_MOST_OTHERS = 20
"""Matches, codes and faces that are shown of a clip."""


class Clips:
    """`models.media.looking.Sees` of clips.

    `always` looks at every frame, `seldom` at the first of every slice only: reading takes some hundred milliseconds,
    and what is written stays to be read. A picture model's score of a clip is the mean of its highest frames: see
    `pooling`.
    """

    def __init__(
        self,
        decoder: ClipDecoder,
        always: Senses,
        seldom: Senses,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._decoder = decoder
        self._always = always
        self._seldom = seldom
        self._now = now
        pictures = {**always.wanted(FRAMES).pictures, **seldom.wanted(FRAMES).pictures}
        self._wanted = Wanted(pictures, FRAMES)

    async def seen(self, content: bytes, until: datetime | None) -> Sight:
        """See `Sees.seen`. What was seen until a crash, or until the time was up, is given with the reason."""
        pool, sights = Pool(""), list[Sight]()
        seconds, truncated, incomplete = 0.0, False, None
        async with self._decoder.clip(content, self._wanted) as clip:
            seconds = clip.info.length_ms / 1000
            try:
                async for part in clip.slices():
                    sights += await self._look(part.frames, pool)
                    truncated = part.ended in ("truncated", "limits")
                    if part.ended is None and until is not None and self._now() >= until:
                        incomplete = "deadline"
                        break
            except DecoderFailed as error:
                if not sights:
                    raise
                incomplete = error.reason
        pooled = pool.pooled()
        found = together(sights)
        evidence = tuple(each.model_copy(update={"media_id": None}) for each in pooled.evidence)
        return replace(
            found,
            signals={name: round(_pooled(name, pooled), 6) for name in pooled.highest},
            evidence=(*evidence, *_of_others(found.evidence, pooled.highest)),
            seconds=seconds,
            truncated=truncated,
            incomplete=incomplete,
            timeline=_timeline(pooled),
        )

    async def close(self) -> None:
        """See `Sees.close`."""
        await asyncio.to_thread(self._decoder.close)
        await self._always.close()
        await self._seldom.close()

    async def _look(self, frames: Sequence[Frame], pool: Pool) -> list[Sight]:
        """What is seen in each frame; what has a score goes to the pool, too."""
        if not frames:
            return []
        often, once = await asyncio.gather(
            self._always.look([frame.pictures for frame in frames]), self._seldom.look([frames[0].pictures])
        )
        sights = [unprinted(sight) for sight in (together([often[0], *once]), *often[1:])]
        for frame, sight in zip(frames, sights, strict=True):
            pool.add(frame.at_ms, sight.signals, sight.evidence)
        return [stamped(sight, frame.at_ms) for frame, sight in zip(frames, sights, strict=True)]


def _pooled(name: str, pooled: Pooled) -> float:
    """What is written stands there, however short a time; of what is seen, a few frames have to agree."""
    return pooled.highest[name] if name.startswith("text.") else pooled.top_mean[name]


def _timeline(pooled: Pooled) -> Timeline:
    scores = {
        name: tuple((moment.at_ms, round(moment.value, 4)) for moment in moments)
        for name, moments in pooled.timeline.items()
        if pooled.highest[name] >= WORTH_SHOWING
    }
    return Timeline(scores=scores, thumbnails=pooled.thumbnails)


def _of_others(evidence: Sequence[Evidence], pooled: Mapping[str, float]) -> tuple[Evidence, ...]:
    """What is no score: matches, codes, faces; the first of them."""
    return tuple(each for each in evidence if each.signal not in pooled)[:_MOST_OTHERS]
