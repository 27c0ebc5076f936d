"""Object stores, through fsspec. Their address and login are the operator's: the store's own environment says them."""

import asyncio
import errno
from typing import Any

from models.media.fetching.references import shown, stored_at
from models.media.fetching.slots import Turns
from moderation.errors import (
    MediaError,
    MediaMissing,
    MediaRefused,
    MediaTooLarge,
    MediaUnavailable,
    UndecodableMedia,
)

PACKAGES = {"s3": "s3fs", "gs": "gcsfs", "az": "adlfs", "abfs": "adlfs", "memory": "fsspec"}
"""Scheme -> the package that fsspec needs for it. Only stores whose host no reference can name."""


class Stores:
    """The stores that posts have named so far, a client each. Used from one event loop."""

    def __init__(self, timeout_s: float, large_bytes: int, turns: Turns) -> None:
        self._timeout_s = timeout_s
        self._large_bytes = large_bytes
        self._turns = turns
        self._open: dict[str, Any] = {}

    async def get(self, scheme: str, reference: str, most: int) -> bytes:
        """The object, at most `most` bytes. Raises `MediaError`."""
        bucket, key = stored_at(reference)
        store = await self._store(scheme)
        try:
            async with asyncio.timeout(self._timeout_s) as clock:
                return await self._content(store, f"{bucket}/{key}", most, clock)
        except TimeoutError:
            raise MediaUnavailable(f"{shown(reference)}: took longer than {self._timeout_s:g} s", "timeout") from None
        except MediaError:
            raise
        except Exception as error:  # each store has errors of its own besides OSError
            raise _media_error(error, reference) from None

    async def close(self) -> None:
        """Close the connections."""
        for store in self._open.values():
            if hasattr(store, "set_session"):
                await (await store.set_session()).close()
        self._open.clear()

    async def _store(self, scheme: str) -> Any:
        if scheme not in self._open:
            import fsspec

            try:
                kind = await asyncio.to_thread(fsspec.get_filesystem_class, scheme)  # imports for half a second
            except ImportError:
                package = PACKAGES[scheme]
                raise MediaRefused(
                    f"{scheme}:// needs the package {package}: pip install {package}", "missing package"
                ) from None
            options: dict[str, Any] = {"asynchronous": True} if kind.async_impl else {}
            self._open.setdefault(scheme, kind(**options, skip_instance_cache=True))
        return self._open[scheme]

    async def _content(self, store: Any, path: str, most: int, clock: asyncio.Timeout) -> bytes:
        """In two pieces where it is large, so that only few large ones are held at once."""
        content = await _piece(store, path, 0, min(most, self._large_bytes) + 1)
        if len(content) > self._large_bytes:
            async with self._turns.turn(clock):
                content = content[:-1] + await _piece(store, path, self._large_bytes, most + 1)
        if len(content) > most:
            raise MediaTooLarge(f"{path}: larger than {most:,} bytes")
        return content


async def _piece(store: Any, path: str, start: int, end: int) -> bytes:
    if store.async_impl:
        content = await store._cat_file(path, start=start, end=end)  # fsspec's name for it where one may await
    else:
        content = await asyncio.to_thread(store.cat_file, path, start=start, end=end)
    return bytes(content)


def _media_error(error: Exception, reference: str) -> MediaError:
    what = f"{shown(reference)}: {' '.join(str(error).split())[:200] or type(error).__name__}"
    if isinstance(error, FileNotFoundError):
        return MediaMissing(what, "not found")
    if isinstance(error, PermissionError) or type(error).__name__ in ("NoCredentialsError", "ParamValidationError"):
        return MediaMissing(what, "not permitted")
    if isinstance(error, OSError) and error.errno == errno.EINVAL and "range" in str(error).lower():
        return UndecodableMedia(f"{shown(reference)}: an empty object", "empty")
    return MediaUnavailable(what, "unreachable")
