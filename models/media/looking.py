"""A media item to what is seen in it: fetched, then looked at; identical bytes once."""

import asyncio
import hashlib
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Protocol

from models.image.sight import Sight
from models.runtime.lru import LRU
from moderation.errors import MediaError, ModelError
from moderation.events import Media

_LARGE = 2**18
"""Bytes: a hash of more takes longer than handing it to a thread."""


def _sha256(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


class Fetches(Protocol):
    """What looking needs of a fetcher."""

    async def fetch(self, item: Media, until: datetime | None = None) -> bytes: ...

    async def close(self) -> None: ...


class Sees(Protocol):
    """What sees pictures, or clips."""

    async def seen(self, content: bytes, until: datetime | None) -> Sight:
        """What is in a file. Raises `MediaError`, and `ModelError` where a model fails."""
        ...

    async def close(self) -> None:
        """End processes and threads."""
        ...


class Looking:
    """Looks at items side by side. Used from one event loop."""

    def __init__(
        self,
        fetcher: Fetches,
        sees: Sees,
        *,
        cache: int,
        version: Callable[[], int],
        beside: Callable[[], Coroutine[None, None, None]],
    ) -> None:
        """`cache` is how many sights are remembered; `version` changes when what is seen may (banks are reloaded).

        `beside` is what runs from the first look to the end.
        """
        self._fetcher = fetcher
        self._sees = sees
        self._cache: LRU[Sight] | None = LRU(cache) if cache else None
        self._version = version
        self._under_way: dict[bytes, asyncio.Future[Sight]] = {}
        self._beside = beside
        self._running: asyncio.Task[None] | None = None

    async def look(self, item: Media, until: datetime | None) -> Sight:
        """What is seen in it. Raises `MediaError`, and `ModelError` where a model fails."""
        if self._running is None:
            self._running = asyncio.create_task(self._beside(), name="beside looking")
        content = await self._fetcher.fetch(item, until)
        digest = await asyncio.to_thread(_sha256, content) if len(content) > _LARGE else _sha256(content)
        return await self._once(digest + self._version().to_bytes(8), content, until)

    async def close(self) -> None:
        """Close connections, end processes and threads."""
        if self._running is not None:
            self._running.cancel()
        await self._fetcher.close()
        await self._sees.close()

    async def _once(self, digest: bytes, content: bytes, until: datetime | None) -> Sight:
        """From the cache, or from whoever looks at the same bytes now, or anew. Failures are not remembered."""
        while True:
            if self._cache is not None and (known := self._cache.get(digest)) is not None:
                return known
            if (other := self._under_way.get(digest)) is None:
                break
            await asyncio.wait([other])
            if not other.cancelled():  # else that post's time was up, which says nothing of this one's
                return other.result()
        mine: asyncio.Future[Sight] = asyncio.get_running_loop().create_future()
        self._under_way[digest] = mine
        try:
            sight = await self._sees.seen(content, until)
            if sight.incomplete is None:
                mine.set_result(sight)
                if self._cache is not None:
                    self._cache.put(digest, sight)
            return sight
        except (MediaError, ModelError) as error:
            mine.set_exception(error)
            mine.exception()  # looked at, so that a failure for which nobody waits is no complaint
            raise
        finally:
            del self._under_way[digest]
            mine.cancel()  # nothing happens to one that is done
