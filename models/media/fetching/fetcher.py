"""A media item to its bytes."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Literal, Self

from aiohttp.abc import AbstractResolver

from models.media.fetching.files import Files
from models.media.fetching.limits import Limits
from models.media.fetching.references import Place, scheme_of, shown, stored_at
from models.media.fetching.retries import persistently
from models.media.fetching.slots import Slots, Turns
from models.media.fetching.sources import WEB
from models.media.fetching.stores import PACKAGES, Stores
from models.media.fetching.web import Web
from moderation.errors import (
    MediaError,
    MediaReason,
    MediaRefused,
    MediaTooLarge,
    UndecodableMedia,
)
from moderation.events import Media

Outcome = MediaReason | Literal["fetched"]


def _unobserved(outcome: Outcome) -> None: ...


class Fetcher:
    """Fetches many items side by side, within `limits`. Made and used in one event loop; `close` it at the end.

    `observe` is told once per item how it went. `resolver` replaces the system's look-up of names; its answers are
    checked like any.
    """

    def __init__(
        self,
        limits: Limits,
        observe: Callable[[Outcome], None] = _unobserved,
        resolver: AbstractResolver | None = None,
    ) -> None:
        self._limits = limits
        self._observe = observe
        self._resolver = resolver
        self._slots = Slots(limits.side_by_side, limits.per_host)
        self._turns = Turns(limits.large)
        self._stores = Stores(limits.timeout_s, limits.large_bytes, self._turns)
        self._files = Files(limits.root, limits.timeout_s) if limits.root is not None else None
        self._web: Web | None = None

    async def fetch(self, item: Media, until: datetime | None = None) -> bytes:
        """The bytes of the item. Raises `MediaError`, at the latest when `until` has come."""
        try:
            content = await self._fetched(item, _loop_time(until))
        except MediaError as error:
            self._observe(error.reason)
            raise
        self._observe("fetched")
        return content

    async def close(self) -> None:
        """Close all connections."""
        await self._stores.close()
        if self._web is not None:
            await self._web.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _fetched(self, item: Media, ends: float | None) -> bytes:
        most = self._limits.bytes_of(item)
        if item.url is None:
            content = item.content or b""
            if len(content) > most:
                raise MediaTooLarge(f"{item.media_id}: {len(content):,} inline bytes; {most:,} are allowed")
        else:
            reference, scheme = item.url, scheme_of(item.url)
            content = await persistently(lambda: self._attempt(scheme, reference, most), ends, self._limits.attempts)
        if not content:
            raise UndecodableMedia(f"{item.media_id}: no bytes", "empty")
        return content

    async def _attempt(self, scheme: str, reference: str, most: int) -> bytes:
        if scheme in WEB:
            if self._web is None:
                self._web = Web(self._limits, self._slots, self._turns, self._resolver)
            return await self._web.get(reference, most)
        if scheme in PACKAGES:
            bucket, _ = stored_at(reference)
            self._limits.sources.check(Place(scheme, bucket), shown(reference))
            async with self._slots.of(f"{scheme}://{bucket}"):
                return await self._stores.get(scheme, reference, most)
        if scheme == "file" and self._files is not None:
            async with self._slots.of("file:"):
                return await self._files.get(reference, most)
        if scheme == "file":
            raise MediaRefused("files are read only under MODERATION_MEDIA_ROOT, which is not set", "forbidden scheme")
        raise MediaRefused(f"{shown(reference)}: media is not fetched from {scheme}:", "forbidden scheme")


def _loop_time(until: datetime | None) -> float | None:
    if until is None:
        return None
    return asyncio.get_running_loop().time() + (until - datetime.now(UTC)).total_seconds()
