"""The body of an answer: counted as it comes, never believed, given up when it is too slow."""

import asyncio
import codecs
from contextlib import AsyncExitStack

import aiohttp

from models.media.fetching.limits import Limits
from models.media.fetching.references import shown
from models.media.fetching.slots import Turns
from moderation.errors import MediaTooLarge, MediaUnavailable, UndecodableMedia

_COMPRESSED = ("gzip", "x-gzip", "deflate", "br", "zstd", "compress")
_TEXTS = ("text/", "application/json", "application/xml", "application/xhtml", "application/javascript")
_TEXT_CONTROLS = frozenset(b"\t\n\f\r\x1b")
_HEAD_BYTES = 512


async def body_of(
    response: aiohttp.ClientResponse, most: int, limits: Limits, turns: Turns, clock: asyncio.Timeout
) -> bytes:
    """All bytes of the body, at most `most`. Raises `MediaError`, `TimeoutError`, aiohttp's errors.

    A page of text that also says so is refused by its first bytes; otherwise the decoder judges what it is.
    `clock`, the timeout of the whole, stands still while a large body waits for its turn.
    """
    host = response.url.host
    encoding = response.headers.get("Content-Encoding", "").lower()
    if any(name in encoding for name in _COMPRESSED):
        raise UndecodableMedia(f"{host} sends {encoding}, though only identity is asked for", "unsupported format")
    if response.content_length is not None and response.content_length > most:
        raise MediaTooLarge(f"{host} announces {response.content_length:,} bytes; {most:,} are allowed")
    loop = asyncio.get_running_loop()
    pieces: list[bytes] = []
    size, latest, looked_at, waited = 0, loop.time() + limits.grace_s, False, False
    async with AsyncExitStack() as stack:
        while piece := await _next(response.content, latest + size / limits.slowest_bytes_per_s):
            pieces.append(piece)
            size += len(piece)
            if size > most:
                raise MediaTooLarge(f"{host} sends more than {most:,} bytes")
            if size >= _HEAD_BYTES and not looked_at:
                _refuse_pages(response, pieces)
                looked_at = True
            if size > limits.large_bytes and not waited:
                latest += await stack.enter_async_context(turns.turn(clock))
                waited = True
        if not looked_at:
            _refuse_pages(response, pieces)
        return b"".join(pieces)


async def _next(content: aiohttp.StreamReader, latest: float) -> bytes:
    slowness = asyncio.timeout_at(latest)
    try:
        async with slowness:
            return await content.readany()
    except TimeoutError:
        if not slowness.expired():
            raise
        raise MediaUnavailable("the body came too slowly", "timeout") from None


def _refuse_pages(response: aiohttp.ClientResponse, pieces: list[bytes]) -> None:
    content_type = response.headers.get("Content-Type", "")[:60]
    if content_type.lower().startswith(_TEXTS) and _is_text(b"".join(pieces)[:_HEAD_BYTES]):
        raise UndecodableMedia(f"{response.url.host} answers with {shown(content_type)}", "not media")


def _is_text(head: bytes) -> bool:
    """Whether it could be UTF-8 without control characters: no picture or clip is."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)  # the last character may be cut
    except UnicodeDecodeError:
        return False
    return all(byte >= 0x20 or byte in _TEXT_CONTROLS for byte in head)
