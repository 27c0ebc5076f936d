"""A redirect leads nowhere that a reference may not."""

import pytest

from models.media.fetching import Fetcher
from moderation.errors import MediaReason
from tests.unit.models.media.fetching.servers import (
    PICTURE,
    Names,
    answering,
    limits,
    picture,
    reason_of,
    redirecting,
    run,
    serving,
)


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
