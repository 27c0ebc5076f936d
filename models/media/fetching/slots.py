"""Bounds on what is fetched side by side: in total, and of one host, so that a slow one leaves room for others."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Slots:
    """Waiting for a host takes no place from other hosts, and no time from a fetch's timeout."""

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
