"""Many fetches at once stay within bounds, and each gets what it asked for."""

import asyncio
import random

from models.media.fetching import Fetcher
from tests.unit.models.media.fetching.servers import (
    Exchange,
    Host,
    Names,
    answering,
    limits,
    picture,
    reason_of,
    redirecting,
    run,
    serving,
)


def test_as_many_are_fetched_side_by_side_as_allowed_and_every_one_gets_its_own() -> None:
    async def test() -> None:
        busy: dict[int, int] = {}
        most: dict[int, int] = {}

        async def handler(exchange: Exchange) -> None:
            port = int(exchange.request.split(b"\r\nHost: ")[1].split(b"\r\n")[0].split(b":")[1])
            busy[port] = busy.get(port, 0) + 1
            most[port] = max(most.get(port, 0), busy[port])
            most[0] = max(most.get(0, 0), sum(busy.values()))
            for _ in range(random.randrange(20)):
                await asyncio.sleep(0)
            busy[port] -= 1
            await exchange.answer(b"\0" + exchange.path.encode())

        async with serving(handler) as one, serving(handler) as two:
            names = Names(one_test=[["127.0.0.1"]], two_test=[["127.0.0.1"]])
            bounds = limits(one, two, side_by_side=4, per_host=3)
            async with Fetcher(bounds, resolver=names) as fetcher:

                async def fetched(host: Host, name: str, number: int) -> None:
                    content = await fetcher.fetch(picture(host.url(f"/{number}", name)))
                    assert content == f"\0/{number}".encode()

                await asyncio.gather(
                    *(fetched(one, "one.test", n) for n in range(40)), *(fetched(two, "two.test", n) for n in range(40))
                )
            assert most[one.port] <= 3
            assert most[two.port] <= 3
            assert most[0] <= 4
            assert one.connections <= 3

    run(test)


def test_large_bodies_take_turns_and_all_arrive() -> None:
    async def test() -> None:
        large = bytes(200_000)
        bounds = {"large_bytes": 50_000, "large": 2}
        async with serving(answering(large)) as host, Fetcher(limits(host, **bounds)) as fetcher:
            found = await asyncio.gather(*(fetcher.fetch(picture(host.url(f"/{n}"))) for n in range(20)))
        assert found == [large] * 20

    run(test)


def test_hosts_that_are_named_once_do_not_hold_connections_without_bound() -> None:
    async def test() -> None:
        names = Names(**{f"host{n}_test": [["127.0.0.1"]] for n in range(30)})
        bounds = {"side_by_side": 2, "per_host": 2}
        async with serving(answering()) as host, Fetcher(limits(host, **bounds), resolver=names) as fetcher:
            for n in range(30):
                await fetcher.fetch(picture(host.url(host=f"host{n}.test")))
            assert sum(b"Connection: close" not in request for request in host.requests) == 2
            connections = host.connections
            await fetcher.fetch(picture(host.url(host="host0.test")))
            assert host.connections == connections

    run(test)


def test_the_observer_is_told_once_per_item() -> None:
    async def test() -> None:
        told: list[str] = []
        handler = redirecting(lambda exchange: "/there")
        async with serving(handler) as host, Fetcher(limits(host, attempts=3), observe=told.append) as fetcher:
            await fetcher.fetch(picture(host.url("/")))
            await reason_of(fetcher, "ftp://example.com/")
        assert told == ["fetched", "forbidden scheme"]

    run(test)
