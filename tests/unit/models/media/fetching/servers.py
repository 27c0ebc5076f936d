"""Hosts on loopback that do what a test asks for, byte for byte, and the fetcher that may reach them."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from ipaddress import ip_network
from typing import Any

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from models.media.fetching import Fetcher, Limits, Sources
from moderation.errors import MediaError, MediaReason
from moderation.events import Media

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8

Handler = Callable[["Exchange"], Awaitable[None]]


class Host:
    """A server that counts."""

    def __init__(self) -> None:
        self.port = 0
        self.connections = 0
        self.requests: list[bytes] = []

    def url(self, path: str = "/picture.png", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"


class Exchange:
    """One request, and the way back."""

    def __init__(self, request: bytes, number: int, writer: asyncio.StreamWriter) -> None:
        self.request = request
        self.path = request.split(b" ", 2)[1].decode()
        self.number = number
        self._writer = writer

    async def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            self._writer.write(piece)
            await self._writer.drain()

    async def answer(self, body: bytes = PICTURE, status: str = "200 OK", **headers: object) -> None:
        await self.send(answer(body, status, **headers))

    async def hang(self) -> None:
        """Until the other side goes away."""
        await self._writer.wait_closed()


def answer(body: bytes = PICTURE, status: str = "200 OK", **headers: object) -> bytes:
    """A whole HTTP answer; `Content_Length` and so on replace what is said of the body."""
    said = {"Content-Type": "image/png", "Content-Length": len(body)}
    said |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in said.items() if value is not None)]
    return "\r\n".join([*lines, "", ""]).encode() + body


@asynccontextmanager
async def serving(handler: Handler, address: str = "127.0.0.1", **options: Any) -> AsyncIterator[Host]:
    """A host that answers every request by `handler`, and keeps its connections open between requests."""
    host, tasks = Host(), set[asyncio.Task[None]]()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        host.connections += 1
        try:
            while request := await reader.readuntil(b"\r\n\r\n"):
                host.requests.append(request)
                await handler(Exchange(request, len(host.requests), writer))
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass  # cancelled by us at the end, of which the streams would make a noise
        finally:
            writer.close()

    server = await asyncio.start_server(connected, address, 0, **options)
    host.port = server.sockets[0].getsockname()[1]
    try:
        yield host
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Names(AbstractResolver):
    """Names with the answers they give one after the other; the last one stays."""

    def __init__(self, **answers: Sequence[Sequence[str]]) -> None:
        self.asked: list[str] = []
        self._answers = {name.replace("_", "."): list(lists) for name, lists in answers.items()}

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        self.asked.append(host)
        if host not in self._answers:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        answers = self._answers[host]
        addresses = answers.pop(0) if len(answers) > 1 else answers[0]
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=0,
            )
            for address in addresses
        ]

    async def close(self) -> None: ...


def limits(*hosts: Host, allow: Sequence[str] = ("127.0.0.1/32",), **changes: Any) -> Limits:
    """Limits under which the hosts can be reached by any name, and nothing is tried twice."""
    sources = Sources(["https", "memory", *(f"http://*:{host.port}" for host in hosts)])
    return Limits(**{"sources": sources, "allowed": tuple(map(ip_network, allow)), "attempts": 1, **changes})


def picture(url: str) -> Media:
    return Media(media_id="m-1", kind="image", url=url)


def run(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(test(), 60))


async def reason_of(fetcher: Fetcher, url: str, **options: Any) -> MediaReason:
    """The reason for which the picture is not had."""
    with pytest.raises(MediaError) as failure:
        await fetcher.fetch(picture(url), **options)
    assert str(failure.value)
    return failure.value.reason


async def reason_from(handler: Handler, **changes: Any) -> MediaReason:
    """The reason for which a picture is not had from a host that answers so."""
    async with serving(handler) as host, Fetcher(limits(host, **changes)) as fetcher:
        return await reason_of(fetcher, host.url())


def fails_with(reason: MediaReason, handler: Handler, **changes: Any) -> None:
    assert asyncio.run(asyncio.wait_for(reason_from(handler, **changes), 60)) == reason


def answering(body: bytes = PICTURE, status: str = "200 OK", **headers: object) -> Handler:
    async def handler(exchange: Exchange) -> None:
        await exchange.answer(body, status, **headers)

    return handler


def redirecting(to: Callable[[Exchange], str], status: str = "302 Found") -> Handler:
    async def handler(exchange: Exchange) -> None:
        if exchange.path == "/there":
            await exchange.answer()
        else:
            await exchange.answer(b"", status, Location=to(exchange))

    return handler
