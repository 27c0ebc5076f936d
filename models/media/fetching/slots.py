"""Bounds on what is fetched side by side: in total, of one host, and of what is large."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Slots:
    """Places in total and per host: a slow host leaves room for others, and waiting is no part of a fetch's timeout."""

    def __init__(self, total: int, per_host: int) -> None:
        self._total = asyncio.Semaphore(total)
        self._per_host = per_host
        self._hosts: dict[str, tuple[asyncio.Semaphore, int]] = {}  # with how many hold it or wait for it

    @asynccontextmanager
    async def of(self, host: str) -> AsyncIterator[None]:
        """One place for as long as the block lasts."""
        semaphore, users = self._hosts.get(host, (asyncio.Semaphore(self._per_host), 0))
        self._hosts[host] = (semaphore, users + 1)
        try:
            async with semaphore, self._total:
                yield
        finally:
            _, users = self._hosts.pop(host)
            if users > 1:
                self._hosts[host] = (semaphore, users - 1)


class Turns:
    """Of large bodies only a few arrive at a time: they are held in memory."""

    def __init__(self, at_once: int) -> None:
        self._free = asyncio.Semaphore(at_once)

    @asynccontextmanager
    async def turn(self, clock: asyncio.Timeout) -> AsyncIterator[float]:
        """One turn for as long as the block lasts; gives the seconds waited for it, while `clock` stood still."""
        began, ends = asyncio.get_running_loop().time(), clock.when()
        clock.reschedule(None)
        async with self._free:
            waited = asyncio.get_running_loop().time() - began
            if ends is not None:
                clock.reschedule(ends + waited)
            yield waited
