"""HTTP connections to addresses that were checked, kept open for the next fetch of the same host, within bounds."""

import socket
import ssl
import time
import weakref

import aiohttp
from aiohttp.abc import AbstractResolver

from models.media.fetching.addresses import Addresses
from models.media.fetching.resolver import CheckedResolver
from moderation.errors import MediaRefused

_HEADERS = {"User-Agent": "moderation-pipeline", "Accept": "image/*,video/*,*/*;q=0.5", "Accept-Encoding": "identity"}

KEEP_S = 15.0
"""How long a connection stays open without a request."""


class Connections:
    """Two sessions: one keeps its connections open, one closes each after its answer.

    The second serves new hosts while the first holds `kept` sockets, and all while it holds twice as many: thousands
    of hosts that are named once each must not use up the process's file descriptors, nor the room of those that are
    named often. Proxies, cookies and logins of the environment are not used.
    """

    def __init__(self, addresses: Addresses, resolver: AbstractResolver, kept: int, connect_s: float) -> None:
        self._addresses = addresses
        self._sockets: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        self._kept = kept
        self._used: dict[str, float] = {}  # hosts of kept connections, the latest used last
        self._resolver = CheckedResolver(resolver, addresses)
        # Of now, not of when aiohttp was imported: it reads SSL_CERT_FILE.
        self._tls = ssl.create_default_context()
        self._timeout = aiohttp.ClientTimeout(total=None, sock_connect=connect_s)
        self._keeping = self._session(keep=True)
        self._closing = self._session(keep=False)

    def session(self, host: str) -> aiohttp.ClientSession:
        """The one to use for the next request to the host."""
        held = sum(1 for kept in self._sockets if kept.fileno() != -1)
        now = time.monotonic()
        known = now - self._used.pop(host, float("-inf")) < KEEP_S
        if held >= self._kept * (2 if known else 1):
            return self._closing
        self._used[host] = now
        if len(self._used) > self._kept:
            del self._used[next(iter(self._used))]
        return self._keeping

    async def close(self) -> None:
        """Close all connections."""
        await self._keeping.close()
        await self._closing.close()
        await self._resolver.close()

    def _session(self, keep: bool) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            resolver=self._resolver,
            socket_factory=self._kept_socket if keep else self._checked_socket,
            ssl=self._tls,
            limit=0,  # bounded by `Slots`, where waiting does not count as the host's slowness
            force_close=not keep,
            keepalive_timeout=KEEP_S if keep else None,
        )
        return aiohttp.ClientSession(
            connector=connector,
            headers=_HEADERS,
            timeout=self._timeout,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            connector_owner=True,
        )

    def _checked_socket(self, to: aiohttp.AddrInfoType) -> socket.socket:
        """The last gate: what the socket is made for is what it connects to, also where the URL holds an address."""
        family, kind, protocol, _, address = to
        if refusal := self._addresses.refusal_of_text(str(address[0])):
            raise MediaRefused(f"{address[0]} is {refusal}", "forbidden address")
        return socket.socket(family, kind, protocol)

    def _kept_socket(self, to: aiohttp.AddrInfoType) -> socket.socket:
        made = self._checked_socket(to)
        self._sockets.add(made)
        return made
