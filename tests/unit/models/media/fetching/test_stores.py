"""Objects come from stores that the operator has set up, whole or not at all."""

import asyncio
import importlib
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import fsspec
import pytest

from models.media.fetching import Fetcher, Limits, Sources
from moderation.errors import MediaError, MediaReason
from tests.unit.models.media.fetching.servers import PICTURE, Exchange, Host, picture, serving

OBJECTS = {
    "/uploads/a%20b/%C3%A4.png": PICTURE,
    "/uploads/empty.png": b"",
    "/uploads/large.png": bytes(range(250)) * 400,
}


async def _s3(exchange: Exchange) -> None:
    """As much of S3 as reading objects takes: path-style GET with a range, and its errors."""
    path = exchange.path.partition("?")[0]
    if path.startswith("/private/"):
        await _error(exchange, "403 Forbidden", "AccessDenied")
        return
    if path not in OBJECTS:
        await _error(exchange, "404 Not Found", "NoSuchKey")
        return
    match = re.search(rb"range: bytes=(\d+)-(\d+)\r\n", exchange.request, re.IGNORECASE)
    assert match
    first, last = int(match[1]), int(match[2])
    if first >= len(OBJECTS[path]):
        await _error(exchange, "416 Range Not Satisfiable", "InvalidRange")
        return
    await exchange.answer(OBJECTS[path][first : last + 1], "206 Partial Content")


async def _error(exchange: Exchange, status: str, code: str) -> None:
    body = f"<Error><Code>{code}</Code><Message>The requested range or key</Message></Error>".encode()
    await exchange.answer(body, status, Content_Type="application/xml")


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> pytest.MonkeyPatch:
    """No login or address of S3 but what a test sets."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", f"{tmp_path}/none")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", f"{tmp_path}/none")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "moderation")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setattr(fsspec.config, "conf", {})
    return monkeypatch


@asynccontextmanager
async def store(environment: pytest.MonkeyPatch) -> AsyncIterator[Host]:
    async with serving(_s3) as host:
        environment.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{host.port}")
        yield host


def limits(large_bytes: int = 10_000, most: int = 200_000) -> Limits:
    return Limits(Sources(["s3", "memory"]), large_bytes=large_bytes, image_bytes=most, attempts=1)


async def reason_of(fetcher: Fetcher, url: str) -> MediaReason:
    with pytest.raises(MediaError) as failure:
        await fetcher.fetch(picture(url))
    return failure.value.reason


def test_objects_come_from_s3_with_the_environments_login(environment: pytest.MonkeyPatch) -> None:
    async def test() -> None:
        async with store(environment) as host, Fetcher(limits()) as fetcher:
            assert await fetcher.fetch(picture("s3://uploads/a b/ä.png")) == PICTURE
            assert b"Credential=moderation/" in host.requests[0]
            for _ in range(3):
                await fetcher.fetch(picture("s3://uploads/a b/ä.png"))
            assert host.connections == 1

    asyncio.run(test())


def test_objects_come_from_s3_without_a_login_where_the_environment_says_so(environment: pytest.MonkeyPatch) -> None:
    fsspec.config.set_conf_env(fsspec.config.conf, {"FSSPEC_S3_ANON": "true"})

    async def test() -> None:
        async with store(environment) as host, Fetcher(limits()) as fetcher:
            assert await fetcher.fetch(picture("s3://uploads/a b/ä.png")) == PICTURE
            assert b"authorization:" not in host.requests[0].lower()

    asyncio.run(test())


@pytest.mark.parametrize(("large_bytes", "pieces"), [(99_999, 2), (100_000, 1), (10_000, 2)])
def test_a_large_object_comes_in_pieces_that_make_it_whole(
    environment: pytest.MonkeyPatch, large_bytes: int, pieces: int
) -> None:
    async def test() -> None:
        async with store(environment) as host, Fetcher(limits(large_bytes)) as fetcher:
            assert await fetcher.fetch(picture("s3://uploads/large.png")) == OBJECTS["/uploads/large.png"]
            assert len(host.requests) == pieces

    asyncio.run(test())


@pytest.mark.parametrize("large_bytes", [10_000, 200_000])
def test_an_object_may_be_as_large_as_the_limit_and_no_larger(
    environment: pytest.MonkeyPatch, large_bytes: int
) -> None:
    async def test() -> None:
        async with store(environment):
            async with Fetcher(limits(large_bytes, 100_000)) as fetcher:
                assert await fetcher.fetch(picture("s3://uploads/large.png"))
            async with Fetcher(limits(large_bytes, 99_999)) as fetcher:
                assert await reason_of(fetcher, "s3://uploads/large.png") == "too large"

    asyncio.run(test())


def test_what_s3_refuses_has_its_reason(environment: pytest.MonkeyPatch) -> None:
    async def test() -> None:
        async with store(environment), Fetcher(limits()) as fetcher:
            assert await reason_of(fetcher, "s3://uploads/none.png") == "not found"
            assert await reason_of(fetcher, "s3://private/a.png") == "not permitted"
            assert await reason_of(fetcher, "s3://uploads/empty.png") == "empty"
            assert await reason_of(fetcher, "s3://uploads") == "bad reference"

    asyncio.run(test())


def test_without_a_login_nothing_is_permitted(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("AWS_ACCESS_KEY_ID")
    environment.delenv("AWS_SECRET_ACCESS_KEY")

    async def test() -> None:
        async with store(environment) as host, Fetcher(limits()) as fetcher:
            assert await reason_of(fetcher, "s3://uploads/a b/ä.png") == "not permitted"
            assert host.requests == []

    asyncio.run(test())


def test_a_store_that_hangs_is_given_up(environment: pytest.MonkeyPatch) -> None:
    async def test() -> None:
        async with serving(Exchange.hang) as host:
            environment.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{host.port}")
            async with Fetcher(Limits(Sources(["s3"]), timeout_s=0.5, attempts=1)) as fetcher:
                assert await reason_of(fetcher, "s3://uploads/a.png") == "timeout"

    asyncio.run(test())


def test_other_stores_of_fsspec_work_the_same_way() -> None:
    fsspec.filesystem("memory").pipe_file("/bucket/a b/ä.png", PICTURE)

    async def test() -> None:
        async with Fetcher(limits(large_bytes=100)) as fetcher:
            assert await fetcher.fetch(picture("memory://bucket/a b/ä.png")) == PICTURE
            assert await reason_of(fetcher, "memory://bucket/none.png") == "not found"
            assert await reason_of(fetcher, "memory://bucket/../etc/passwd") == "not found"

    asyncio.run(test())


def test_only_allowed_buckets_are_read() -> None:
    async def test() -> None:
        async with Fetcher(Limits(Sources(["s3://uploads"]))) as fetcher:
            assert await reason_of(fetcher, "s3://private/a.png") == "forbidden host"
            assert await reason_of(fetcher, "gs://uploads/a.png") == "forbidden scheme"

    asyncio.run(test())


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/a.png",
        "sftp://127.0.0.1/a.png",
        "simplecache::s3://bucket/a.png",
        "local:///etc/passwd",
        "data:image/png;base64,AAAA",
        "inline:sha256:00",
        "github://a:b@c/d",
        "zip://a.png::file:///etc/passwd",
    ],
)
def test_no_other_way_of_fsspec_is_open(url: str) -> None:
    async def test() -> None:
        async with Fetcher(limits()) as fetcher:
            assert await reason_of(fetcher, url) in ("forbidden scheme", "bad reference")

    asyncio.run(test())


def test_a_store_whose_package_is_missing_says_in_a_sentence_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "s3fs", None)
    monkeypatch.delitem(importlib.import_module("fsspec.registry")._registry, "s3", raising=False)  # loaded before

    async def test() -> None:
        async with Fetcher(limits()) as fetcher:
            with pytest.raises(MediaError) as failure:
                await fetcher.fetch(picture("s3://uploads/a.png"))
            assert failure.value.reason == "missing package"
            assert str(failure.value) == "s3:// needs the package s3fs: pip install s3fs"

    asyncio.run(test())
