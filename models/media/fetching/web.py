"""http and https: each hop of a redirect is checked as the first was."""

import asyncio

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from models.media.fetching.addresses import Addresses
from models.media.fetching.bodies import body_of
from models.media.fetching.connections import Connections
from models.media.fetching.limits import Limits
from models.media.fetching.references import place_of, shown, web_url
from models.media.fetching.resolver import SystemResolver
from models.media.fetching.retries import ComeBackLater, retry_after_s
from models.media.fetching.slots import Slots, Turns
from moderation.errors import MediaError, MediaMissing, MediaRefused, MediaUnavailable, UndecodableMedia

_REDIRECTS = (301, 302, 303, 307, 308)


class Web:
    """Fetches from hosts that are not trusted. Used from one event loop."""

    def __init__(self, limits: Limits, slots: Slots, turns: Turns, resolver: AbstractResolver | None = None) -> None:
        self._limits = limits
        self._slots = slots
        self._turns = turns
        self._connections = Connections(
            Addresses(limits.allowed),
            resolver or SystemResolver(threads=min(64, limits.side_by_side)),
            kept=limits.side_by_side,
            connect_s=limits.connect_s,
        )

    async def get(self, reference: str, most: int) -> bytes:
        """The bytes at the end of all redirects, at most `most`. Raises `MediaError`."""
        url = web_url(reference)
        seen = set()
        while True:
            self._limits.sources.check(place_of(url), shown(str(url)))
            seen.add(url)
            async with self._slots.of(place_of(url).host):
                answer = await self._answer(url, most)
            if isinstance(answer, bytes):
                return answer
            if answer in seen or len(seen) > self._limits.redirects:
                raise MediaRefused(f"{shown(reference)}: redirects in a circle, or too often", "forbidden redirect")
            url = answer

    async def close(self) -> None:
        """Close all connections."""
        await self._connections.close()

    async def _answer(self, url: URL, most: int) -> bytes | URL:
        """The body, or where it is said to be."""
        try:
            async with asyncio.timeout(self._limits.timeout_s) as clock:
                async with asyncio.timeout(self._limits.head_s):
                    response = await self._connections.session(place_of(url).host).get(url, allow_redirects=False)
                async with response:
                    if response.status in _REDIRECTS:
                        return _next(url, response)
                    _refuse_failures(response)
                    content = await body_of(response, most, self._limits, self._turns, clock)
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            raise _media_error(error, shown(str(url))) from None
        if not content:
            raise UndecodableMedia(f"{shown(str(url))}: an empty answer", "empty")
        return content


def _next(url: URL, response: aiohttp.ClientResponse) -> URL:
    """Where the redirect leads: the same scheme, or from http up to https. Raises `MediaRefused`."""
    to = response.headers.get("Location", "")
    try:
        target = url.join(URL(to, encoded=to.isascii()))
    except ValueError:
        raise MediaRefused(f"{shown(str(url))}: redirects to what is no URL", "forbidden redirect") from None
    if target.scheme != url.scheme and (url.scheme, target.scheme) != ("http", "https"):
        raise MediaRefused(f"{shown(str(url))}: redirects to {target.scheme or 'nothing'}:", "forbidden redirect")
    return web_url(str(target))


def _refuse_failures(response: aiohttp.ClientResponse) -> None:
    status, subject = response.status, f"{shown(str(response.url))}: the host answers {response.status}"
    if status == 200:
        return
    if status in (429, 503):
        after_s = retry_after_s(response.headers.get("Retry-After"))
        raise ComeBackLater(subject, "busy", after_s or 0.0)
    if status in (408, 425) or status >= 500:
        raise MediaUnavailable(subject, "server error")
    raise MediaMissing(subject, "not permitted" if status in (401, 403, 407, 451) else "not found")


def _media_error(error: Exception, subject: str) -> MediaError:
    what = " ".join(str(error).split())[:200]
    match error:
        case TimeoutError():
            return MediaUnavailable(f"{subject}: too slow", "timeout")
        case aiohttp.ClientConnectorCertificateError():
            return MediaRefused(f"{subject}: its certificate is not trusted: {what}", "untrusted certificate")
        case aiohttp.ClientPayloadError():
            return MediaUnavailable(f"{subject}: broke off: {what}", "incomplete")
        case aiohttp.ClientResponseError():
            return MediaUnavailable(f"{subject}: no valid HTTP: {what}", "server error")
        case ValueError():
            return MediaRefused(f"{subject}: no host that can be asked: {what}", "bad reference")
    return MediaUnavailable(f"{subject}: {what or type(error).__name__}", "unreachable")
