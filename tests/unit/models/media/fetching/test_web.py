"""What comes from the web is asked for once, tells nothing, and fails with a reason."""

from datetime import UTC, datetime, timedelta

import pytest

from models.media.fetching import Fetcher
from moderation.errors import MediaReason
from tests.unit.models.media.fetching.servers import (
    PICTURE,
    Exchange,
    answer,
    answering,
    fails_with,
    limits,
    picture,
    reason_of,
    run,
    serving,
)


def test_a_picture_is_fetched_and_its_connection_serves_the_next() -> None:
    async def test() -> None:
        async with serving(answering()) as host, Fetcher(limits(host)) as fetcher:
            for _ in range(5):
                assert await fetcher.fetch(picture(host.url())) == PICTURE
            assert (host.connections, len(host.requests)) == (1, 5)

    run(test)


def test_the_path_and_the_query_reach_the_host_as_they_are_written() -> None:
    async def test() -> None:
        async with serving(answering()) as host, Fetcher(limits(host)) as fetcher:
            await fetcher.fetch(picture(host.url("/a%2Fb/%7Ec?X-Signature=%2b%2F&x=a+b#fragment")))
            assert b"GET /a%2Fb/%7Ec?X-Signature=%2b%2F&x=a+b HTTP/1.1\r\n" in host.requests[0]

    run(test)


def test_the_request_tells_nothing_and_asks_for_identity() -> None:
    async def test() -> None:
        async with serving(answering(Set_Cookie="a=b")) as host, Fetcher(limits(host)) as fetcher:
            await fetcher.fetch(picture(host.url("/1")))
            await fetcher.fetch(picture(host.url("/2")))
            lines = host.requests[1].decode().split("\r\n")[1:-2]
            assert dict(line.split(": ", 1) for line in lines) == {
                "Host": f"127.0.0.1:{host.port}",
                "User-Agent": "moderation-pipeline",
                "Accept": "image/*,video/*,*/*;q=0.5",
                "Accept-Encoding": "identity",
            }

    run(test)


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test() -> None:
        async with serving(answering(b"\0 from the proxy")) as proxy, serving(answering()) as host:
            monkeypatch.setenv("http_proxy", proxy.url(""))
            monkeypatch.setenv("all_proxy", proxy.url(""))
            async with Fetcher(limits(host)) as fetcher:
                assert await fetcher.fetch(picture(host.url())) == PICTURE
            assert proxy.connections == 0

    run(test)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("404 Not Found", "not found"),
        ("410 Gone", "not found"),
        ("403 Forbidden", "not permitted"),
        ("451 Unavailable", "not permitted"),
        ("206 Partial Content", "not found"),
        ("204 No Content", "not found"),
        ("429 Too Many Requests", "busy"),
        ("503 Service Unavailable", "busy"),
        ("500 Internal Server Error", "server error"),
        ("101 Switching Protocols", "not found"),
    ],
)
def test_an_answer_that_is_no_success_fails_with_its_reason(status: str, reason: MediaReason) -> None:
    fails_with(reason, answering(b"", status))


@pytest.mark.parametrize(
    ("status", "requests"),
    [("404 Not Found", 1), ("403 Forbidden", 1), ("500 Internal Server Error", 3), ("429 Too Many Requests", 3)],
)
def test_what_may_pass_is_tried_again_and_nothing_else(status: str, requests: int) -> None:
    async def test() -> None:
        async with serving(answering(status=status)) as host, Fetcher(limits(host, attempts=3)) as fetcher:
            await reason_of(fetcher, host.url())
            assert len(host.requests) == requests

    run(test)


def test_a_host_that_recovers_gives_the_picture() -> None:
    async def handler(exchange: Exchange) -> None:
        troubles = [
            answer(status="429 Too Many Requests", Retry_After=0),
            answer(status="500 Internal Server Error"),
            answer(Content_Length=len(PICTURE) + 1),
        ]
        await exchange.send([*troubles, answer()][exchange.number - 1])
        if exchange.number == 3:
            raise ConnectionError

    async def test() -> None:
        async with serving(handler) as host, Fetcher(limits(host, attempts=4)) as fetcher:
            assert await fetcher.fetch(picture(host.url())) == PICTURE
            assert len(host.requests) == 4

    run(test)


def test_a_host_that_asks_to_come_back_after_the_deadline_is_not_asked_again() -> None:
    async def test() -> None:
        handler = answering(status="429 Too Many Requests", Retry_After=20)
        async with serving(handler) as host, Fetcher(limits(host, attempts=9)) as fetcher:
            until = datetime.now(UTC) + timedelta(seconds=15)
            assert await reason_of(fetcher, host.url(), until=until) == "busy"
            assert len(host.requests) == 1

    run(test)


def test_the_deadline_ends_a_fetch_under_way() -> None:
    async def test() -> None:
        async with serving(Exchange.hang) as host, Fetcher(limits(host, attempts=9)) as fetcher:
            until = datetime.now(UTC) + timedelta(seconds=0.3)
            assert await reason_of(fetcher, host.url(), until=until) == "deadline"

    run(test)


def test_nothing_is_asked_for_after_the_deadline() -> None:
    async def test() -> None:
        async with serving(answering()) as host, Fetcher(limits(host)) as fetcher:
            assert await reason_of(fetcher, host.url(), until=datetime.now(UTC)) == "deadline"
            assert host.connections == 0

    run(test)
