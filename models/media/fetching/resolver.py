"""Names to addresses that may be connected to. What comes out of here is what is connected to: no second look-up."""

import asyncio
import socket
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from aiohttp.abc import AbstractResolver, ResolveResult

from models.media.fetching.addresses import Addresses
from moderation.errors import MediaRefused

MAX_ADDRESSES = 2
"""Of one name and family: each may take the whole time for connecting."""


class SystemResolver(AbstractResolver):
    """`getaddrinfo` in threads of its own: names that hang must not take the threads that others work in."""

    def __init__(self, threads: int) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="media-dns")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await asyncio.get_running_loop().run_in_executor(
            self._threads, lambda: socket.getaddrinfo(host, port, family, socket.SOCK_STREAM, 0, socket.AI_ADDRCONFIG)
        )
        return [
            ResolveResult(hostname=host, host=str(address[0]), port=port, family=family, proto=proto, flags=0)
            for family, _, proto, _, address in found
        ]

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


class CheckedResolver(AbstractResolver):
    """Another resolver's answers without the addresses that must not be connected to."""

    def __init__(self, inner: AbstractResolver, addresses: Addresses) -> None:
        self._inner = inner
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Raises `MediaRefused` where nothing is left, `OSError` where there is no answer."""
        found = await self._inner.resolve(host, port, family)
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "no address")
        refusals = [self._addresses.refusal_of_text(answer["host"]) for answer in found]
        usable = [answer for answer, refusal in zip(found, refusals, strict=True) if refusal is None]
        if not usable:
            raise MediaRefused(f"{host} leads to {found[0]['host']}, {refusals[0]}", "forbidden address")
        return _few(usable)

    async def close(self) -> None:
        await self._inner.close()


def _few(answers: list[ResolveResult]) -> list[ResolveResult]:
    seen: Counter[int] = Counter()
    few = []
    for answer in answers:
        seen[answer["family"]] += 1
        if seen[answer["family"]] <= MAX_ADDRESSES:
            few.append(answer)
    return few
