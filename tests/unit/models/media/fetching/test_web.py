"""What comes from the web comes from where it may, as much as it may, and once."""

import asyncio
import gzip
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.media.fetching import Fetcher
from models.media.fetching.addresses import Addresses, networks
from models.media.fetching.resolver import CheckedResolver
from moderation.errors import MediaError, MediaReason
from moderation.events import Media
from tests.unit.models.media.fetching.servers import (
    PICTURE,
    Exchange,
    Handler,
    Host,
    Names,
    answer,
    limits,
    picture,
    serving,
)


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


# Bodies that are not what they say.


async def _dripping_head(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while True:
        await exchange.send(b"x")
        await asyncio.sleep(0.01)


async def _dripping_body(exchange: Exchange) -> None:
    await exchange.send(answer(b"\0", Content_Length=10_000_000))
    while True:
        await exchange.send(b"\0")
        await asyncio.sleep(0.01)


async def _endless_body(exchange: Exchange) -> None:
    await exchange.send(answer(b"", Content_Length=None))
    while True:
        await exchange.send(bytes(100_000))


async def _endless_chunks(exchange: Exchange) -> None:
    await exchange.send(answer(b"", Content_Length=None, Transfer_Encoding="chunked"))
    while True:
        await exchange.send(b"8000\r\n", bytes(0x8000), b"\r\n")


async def _endless_head(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\n")
    while True:
        await exchange.send(b"X: y\r\n" * 1000)


async def _endless_continues(exchange: Exchange) -> None:
    while True:
        await exchange.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        await asyncio.sleep(0.001)


async def _broken_off(exchange: Exchange) -> None:
    await exchange.answer(Content_Length=len(PICTURE) + 1)
    raise ConnectionError


async def _nothing(exchange: Exchange) -> None:
    raise ConnectionError


def test_a_head_that_never_ends_in_time_is_given_up() -> None:
    fails_with("timeout", _dripping_head, head_s=0.3)
    fails_with("timeout", Exchange.hang, head_s=0.3)
    fails_with("timeout", _endless_continues, head_s=0.3)


def test_a_head_without_end_is_given_up() -> None:
    fails_with("server error", _endless_head)


def test_a_body_that_comes_too_slowly_is_given_up() -> None:
    fails_with("timeout", _dripping_body, grace_s=0.3)


def test_a_body_that_comes_fast_enough_but_takes_too_long_is_given_up() -> None:
    fails_with("timeout", _dripping_body, slowest_bytes_per_s=1, timeout_s=0.3)


@pytest.mark.parametrize("handler", [_endless_body, _endless_chunks])
def test_a_body_without_end_is_too_large(handler: Handler) -> None:
    fails_with("too large", handler, image_bytes=300_000)


def test_a_body_that_announces_too_much_is_not_read() -> None:
    async def handler(exchange: Exchange) -> None:
        await exchange.send(answer(b"", Content_Length=10**12))
        await exchange.hang()

    fails_with("too large", handler)


@pytest.mark.parametrize("over", [0, 1])
def test_a_body_may_be_as_large_as_the_limit_and_no_larger(over: int) -> None:
    async def test() -> None:
        async def handler(exchange: Exchange) -> None:
            await exchange.answer(Content_Length=None)
            raise ConnectionError

        async with serving(handler) as host, Fetcher(limits(host, image_bytes=len(PICTURE) - over)) as fetcher:
            if over:
                assert await reason_of(fetcher, host.url()) == "too large"
            else:
                assert await fetcher.fetch(picture(host.url())) == PICTURE

    run(test)


def test_a_clip_has_a_limit_of_its_own() -> None:
    async def test() -> None:
        async with serving(answering()) as host, Fetcher(limits(host, image_bytes=100)) as fetcher:
            assert await reason_of(fetcher, host.url()) == "too large"
            clip = Media(media_id="m", kind="video", url=host.url())
            assert await fetcher.fetch(clip) == PICTURE

    run(test)


def test_a_body_that_ends_before_its_length_is_incomplete() -> None:
    fails_with("incomplete", _broken_off)


def test_a_body_that_goes_on_after_its_length_does_not_reach_the_next_fetch() -> None:
    async def handler(exchange: Exchange) -> None:
        await exchange.send(answer() + answer(b"\0 poison"))

    async def test() -> None:
        async with serving(handler) as host, Fetcher(limits(host)) as fetcher:
            for _ in range(5):
                assert await fetcher.fetch(picture(host.url())) == PICTURE

    run(test)


def test_a_connection_that_is_closed_without_an_answer_is_unreachable() -> None:
    fails_with("unreachable", _nothing)


def test_an_empty_body_is_empty() -> None:
    fails_with("empty", answering(b""))


def test_a_compressed_body_is_not_unpacked() -> None:
    bomb = gzip.compress(bytes(10_000_000))
    fails_with("unsupported format", answering(bomb, Content_Encoding="gzip"))
    fails_with("unsupported format", answering(bomb, Content_Encoding="identity, GZIP"))


@pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "application/json", "TEXT/plain"])
def test_a_page_in_place_of_a_picture_is_no_media(kind: str) -> None:
    fails_with("not media", answering("<html>Gelöscht</html>".encode() * 100, Content_Type=kind))


@pytest.mark.parametrize("kind", ["text/plain", "application/octet-stream", None])
def test_a_picture_that_is_called_something_else_is_a_picture(kind: str | None) -> None:
    async def test() -> None:
        async with serving(answering(Content_Type=kind)) as host, Fetcher(limits(host)) as fetcher:
            assert await fetcher.fetch(picture(host.url())) == PICTURE

    run(test)


def test_the_first_bytes_of_a_picture_may_come_one_by_one() -> None:
    gif = b"GIF89a\x01\0\x01\0\0\0\0;"

    async def handler(exchange: Exchange) -> None:
        await exchange.send(answer(b"", Content_Type="text/plain", Content_Length=len(gif)))
        for byte in gif:
            await exchange.send(bytes([byte]))
            await asyncio.sleep(0.001)

    async def test() -> None:
        async with serving(handler) as host, Fetcher(limits(host)) as fetcher:
            assert await fetcher.fetch(picture(host.url())) == gif

    run(test)


@given(st.binary(max_size=300), st.booleans())
@settings(max_examples=40, deadline=None)
def test_whatever_a_host_answers_is_bytes_or_a_media_error(content: bytes, begins_well: bool) -> None:
    async def handler(exchange: Exchange) -> None:
        await exchange.send(b"HTTP/1.1 200 OK\r\n" * begins_well + content)
        raise ConnectionError

    async def test() -> None:
        async with serving(handler) as host, Fetcher(limits(host, head_s=5)) as fetcher:
            try:
                assert await fetcher.fetch(picture(host.url()))
            except MediaError as error:
                assert error.reason  # noqa: PT017

    run(test)


# Redirects.


def redirecting(to: Callable[[Exchange], str], status: str = "302 Found") -> Handler:
    async def handler(exchange: Exchange) -> None:
        if exchange.path == "/there":
            await exchange.answer()
        else:
            await exchange.answer(b"", status, Location=to(exchange))

    return handler


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed_to_its_end(code: int) -> None:
    async def test() -> None:
        handler = redirecting(lambda exchange: {"/": "a/b", "/a/b": "../there#top"}[exchange.path], f"{code} Moved")
        async with serving(handler) as host, Fetcher(limits(host)) as fetcher:
            assert await fetcher.fetch(picture(host.url("/"))) == PICTURE
            assert [request.split()[1] for request in host.requests] == [b"/", b"/a/b", b"/there"]

    run(test)


@pytest.mark.parametrize(
    ("to", "reason"),
    [
        ("http://127.0.0.2:{port}/there", "forbidden address"),
        ("http://[::1]:{port}/there", "forbidden address"),
        ("http://169.254.169.254:{port}/latest/meta-data/", "forbidden address"),
        ("http://[::ffff:169.254.169.254]:{port}/", "forbidden address"),
        ("//10.0.0.1:{port}/", "forbidden address"),
        ("http://internal.test:{port}/", "forbidden address"),
        ("http://2130706434:{port}/", "bad reference"),
        ("http://user:password@127.0.0.1:{port}/there", "bad reference"),
        ("http://127.0.0.1:1/there", "forbidden port"),
        ("http://%31%32%37.0.0.2:{port}/there", "bad reference"),
        ("file:///etc/passwd", "forbidden redirect"),
        ("ftp://127.0.0.1/there", "forbidden redirect"),
        ("s3://bucket/key", "forbidden redirect"),
        ("javascript:alert(1)", "forbidden redirect"),
        ("http://[", "forbidden redirect"),
        ("/", "forbidden redirect"),
        ("", "forbidden redirect"),
    ],
)
def test_a_redirect_leads_nowhere_that_a_reference_may_not(to: str, reason: MediaReason) -> None:
    async def test() -> None:
        names = Names(internal_test=[["192.168.7.7"]])
        async with serving(answering(), "127.0.0.2") as other:
            handler = redirecting(lambda _: to.format(port=other.port))
            async with serving(handler) as host, Fetcher(limits(host, other), resolver=names) as fetcher:
                assert await reason_of(fetcher, host.url("/")) == reason
                assert other.connections == 0

    run(test)


def test_a_redirect_in_a_circle_ends() -> None:
    async def test() -> None:
        handler = redirecting(lambda exchange: {"/a": "/b", "/b": "/c", "/c": "/a"}[exchange.path])
        async with serving(handler) as host, Fetcher(limits(host)) as fetcher:
            assert await reason_of(fetcher, host.url("/a")) == "forbidden redirect"
            assert len(host.requests) == 3

    run(test)


def test_a_redirect_without_end_ends() -> None:
    async def test() -> None:
        handler = redirecting(lambda exchange: f"/{exchange.number}")
        async with serving(handler) as host, Fetcher(limits(host, redirects=5)) as fetcher:
            assert await reason_of(fetcher, host.url("/")) == "forbidden redirect"
            assert len(host.requests) == 6

    run(test)


# Names.


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.2"],
        ["10.0.0.1", "127.0.0.2"],
        ["::ffff:127.0.0.2"],
        ["64:ff9b::7f00:2"],
        ["fe80::1%1"],
        ["168.63.129.16"],
    ],
    ids=lambda addresses: addresses[-1],
)
def test_a_name_that_leads_to_a_forbidden_address_is_refused(addresses: list[str]) -> None:
    async def test() -> None:
        names = Names(media_test=[addresses])
        async with serving(answering(), "127.0.0.2") as host, Fetcher(limits(host), resolver=names) as fetcher:
            assert await reason_of(fetcher, host.url(host="media.test")) == "forbidden address"
            assert host.connections == 0

    run(test)


def test_of_a_name_only_the_allowed_addresses_are_connected_to() -> None:
    async def test() -> None:
        names = Names(media_test=[["127.0.0.2", "127.0.0.1"]])
        async with serving(answering()) as host, Fetcher(limits(host), resolver=names) as fetcher:
            assert await fetcher.fetch(picture(host.url(host="media.test"))) == PICTURE

    run(test)


def test_of_many_addresses_a_few_of_each_family_are_tried() -> None:
    async def test() -> None:
        names = Names(media_test=[[*(f"2606:4700::{n}" for n in range(1, 50)), "127.0.0.1"]])
        found = await CheckedResolver(names, Addresses(networks("127.0.0.1"))).resolve("media.test")
        assert [answer["host"] for answer in found] == ["2606:4700::1", "2606:4700::2", "127.0.0.1"]

    run(test)


def test_the_address_that_was_checked_is_connected_to_although_the_name_has_changed() -> None:
    async def test() -> None:
        names = Names(media_test=[["127.0.0.1"], ["127.0.0.2"]])
        async with serving(answering()) as checked, serving(answering(), "127.0.0.2") as forbidden:
            assert checked.port != forbidden.port
            async with Fetcher(limits(checked, forbidden), resolver=names) as fetcher:
                assert await fetcher.fetch(picture(checked.url(host="media.test"))) == PICTURE
                assert names.asked == ["media.test"]
                assert await reason_of(fetcher, forbidden.url(host="media.test")) == "forbidden address"
            assert (checked.connections, forbidden.connections) == (1, 0)

    run(test)


def test_a_name_that_does_not_exist_is_unreachable() -> None:
    async def test() -> None:
        async with serving(answering()) as host, Fetcher(limits(host), resolver=Names()) as fetcher:
            assert await reason_of(fetcher, host.url(host="nobody.test")) == "unreachable"
            assert await reason_of(fetcher, host.url(host="a" * 70 + ".test")) in ("unreachable", "bad reference")

    run(test)


def test_the_systems_names_are_checked_too() -> None:
    async def test() -> None:
        async with serving(answering()) as host:
            async with Fetcher(limits(host, allow=())) as fetcher:
                assert await reason_of(fetcher, host.url(host="localhost")) == "forbidden address"
            async with Fetcher(limits(host)) as fetcher:
                assert await fetcher.fetch(picture(host.url(host="localhost"))) == PICTURE

    run(test)


# Side by side.


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
