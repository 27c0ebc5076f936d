"""Pictures and frames of clips for people to look at: fetched, decoded in processes that may crash, faces found.

`moderation.desk.media.stills.Stills` of the review desk. Blocking, for any number of threads.
"""

import asyncio
import threading
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from models.image.faces import Faces
from models.media.clips import ClipDecoder
from models.media.decoding import Decoder, Fit, Wanted
from models.media.decoding.decoded import Pixels
from models.media.fetching import Fetcher, Limits
from moderation.desk.media.stills import Still
from moderation.errors import MediaUnavailable
from moderation.events import Media
from moderation.settings import Settings

_PICTURE = "picture"
_OF_PICTURES = Wanted({_PICTURE: Fit(1024)}, frames=1)
_OF_CLIPS = Wanted({_PICTURE: Fit(480)}, frames=8)
_PROCESSES = 2
_PATIENCE = timedelta(seconds=20)
"""Somebody is waiting in front of the page."""
_MOST_FRAMES = 12


class MediaStills:
    """See `Stills`. Decoding processes start with the first item."""

    def __init__(self, settings: Settings) -> None:
        """Raises `ConfigurationError` or `MissingDependency`."""
        self._limits = Limits.of(settings)
        self._faces = Faces()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="stills", daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._begin(), self._loop).result()

    async def _begin(self) -> None:
        self._fetcher = Fetcher(self._limits)
        self._pictures = Decoder(processes=_PROCESSES)
        self._clips = ClipDecoder(at_once=_PROCESSES, under_way=_PROCESSES)

    def of(self, media: Media, at_ms: Sequence[int] = ()) -> Mapping[int, Still]:
        """See `Stills.of`. Of a time without a frame, the frame that is nearest."""
        return asyncio.run_coroutine_threadsafe(self._of(media, at_ms), self._loop).result()

    def close(self) -> None:
        """Close connections and end processes."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        await self._fetcher.close()
        await asyncio.to_thread(self._pictures.close)
        await asyncio.to_thread(self._clips.close)

    async def _of(self, media: Media, at_ms: Sequence[int]) -> Mapping[int, Still]:
        try:
            async with asyncio.timeout(_PATIENCE.total_seconds()):
                content = await self._fetcher.fetch(media, datetime.now(UTC) + _PATIENCE)
                if media.kind == "image":
                    decoded = await self._pictures.decode(content, _OF_PICTURES)
                    frames = {0: decoded.frames[0].pictures[_PICTURE]}
                else:
                    frames = await self._frames(content, at_ms)
        except TimeoutError:
            seconds = _PATIENCE.total_seconds()
            raise MediaUnavailable(f"it could not be fetched and decoded within {seconds:g} s", "timeout") from None
        return await asyncio.to_thread(lambda: {time: self._still(pixels) for time, pixels in frames.items()})

    async def _frames(self, content: bytes, at_ms: Sequence[int]) -> dict[int, Pixels]:
        """The frames at some times, or some of the whole clip, evenly spread."""
        found: dict[int, Pixels] = {}
        async with self._clips.clip(content, _OF_CLIPS) as clip:
            async for part in clip.slices():
                for frame in part.frames:
                    found[frame.at_ms] = frame.pictures[_PICTURE]
                found = _nearest(found, at_ms) if at_ms else _spread(found)
        if at_ms:
            return {time: found[_closest(found, time)] for time in at_ms}
        return dict(list(found.items())[:: max(1, -(-len(found) // _MOST_FRAMES))])

    def _still(self, pixels: Pixels) -> Still:
        height, width = pixels.shape[:2]
        return Still(width, height, pixels.tobytes(), tuple(self._faces.find(pixels)))


def _nearest(found: dict[int, Pixels], at_ms: Sequence[int]) -> dict[int, Pixels]:
    """The nearest to each time: what is further away now will not be needed later."""
    if not found:
        return found
    kept = {_closest(found, time) for time in at_ms}
    return {time: pixels for time, pixels in found.items() if time in kept}


def _closest(found: Iterable[int], time: int) -> int:
    return min(found, key=lambda own: abs(own - time))


def _spread(found: dict[int, Pixels]) -> dict[int, Pixels]:
    """Every second one, as often as there are too many to hold."""
    while len(found) > 4 * _MOST_FRAMES:
        found = dict(list(found.items())[::2])
    return found
