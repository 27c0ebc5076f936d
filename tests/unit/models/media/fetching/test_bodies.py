"""Bodies that are slow, endless, broken or not what they say."""

import asyncio
import gzip

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.media.fetching import Fetcher
from moderation.errors import MediaError
from moderation.events import Media
from tests.unit.models.media.fetching.servers import (
    PICTURE,
    Exchange,
    Handler,
    answer,
    answering,
    fails_with,
    limits,
    picture,
    reason_of,
    run,
    serving,
)


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
