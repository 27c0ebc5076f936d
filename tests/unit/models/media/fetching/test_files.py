"""Files are read under one folder, and no name, link or kind of file leads out of it."""

import asyncio
import os
import socket
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.media.fetching import Fetcher, Limits, Sources
from moderation.errors import MediaError, MediaReason
from tests.unit.models.media.fetching.servers import PICTURE, picture


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with a picture, in a folder with a secret."""
    (tmp_path / "secret.png").write_bytes(b"secret")
    (tmp_path / "media-private").mkdir()
    (tmp_path / "media-private" / "secret.png").write_bytes(b"secret")
    folder = tmp_path / "media"
    (folder / "a b").mkdir(parents=True)
    (folder / "a b" / "ä.png").write_bytes(PICTURE)
    return folder


def fetched(root: Path | None, url: str, most: int = 100_000) -> bytes:
    async def fetch() -> bytes:
        async with Fetcher(Limits(Sources([]), root=root, image_bytes=most, attempts=1)) as fetcher:
            return await fetcher.fetch(picture(url))

    return asyncio.run(fetch())


def reason_of(root: Path | None, url: str, most: int = 100_000) -> MediaReason:
    with pytest.raises(MediaError) as failure:
        fetched(root, url, most)
    return failure.value.reason


def test_a_file_is_named_by_its_path_or_from_the_root_on(root: Path) -> None:
    for url in (f"file://{root}/a%20b/%C3%A4.png", f"file://localhost{root}/a b/ä.png", "file:a%20b/ä.png"):
        assert fetched(root, url) == PICTURE


def test_without_a_root_no_file_is_read(root: Path) -> None:
    assert reason_of(None, f"file://{root}/a%20b/%C3%A4.png") == "forbidden scheme"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("file://{root}/../secret.png", "forbidden path"),
        ("file://{root}/%2e%2e/secret.png", "forbidden path"),
        ("file://{root}/a%20b/..%2f..%2fsecret.png", "forbidden path"),
        ("file:../secret.png", "forbidden path"),
        ("file:../media-private/secret.png", "forbidden path"),
        ("file://{root}-private/secret.png", "forbidden path"),
        ("file:///etc/passwd", "forbidden path"),
        ("file:///dev/zero", "forbidden path"),
        ("file:///proc/self/environ", "forbidden path"),
        ("file://{root}", "forbidden path"),
        ("file://{root}/a%20b", "forbidden path"),
        ("file://{root}/none.png", "not found"),
        ("file://{root}/a%20b/ä.png/x", "not found"),
        ("file://otherhost{root}/a%20b/ä.png", "bad reference"),
        ("file:", "bad reference"),
        ("file:a%00b", "bad reference"),
        ("file:%ff", "bad reference"),
        ("file://[", "bad reference"),
        ("file:{long}", "forbidden path"),
    ],
)
def test_a_name_leads_to_nothing_outside(root: Path, url: str, reason: MediaReason) -> None:
    assert reason_of(root, url.format(root=root, long="x" * 300)) == reason


STEPS = ["..", ".", "a b", "ä.png", "%2e%2e", "media", "media-private", "secret.png", "", "~"]


@given(st.lists(st.sampled_from(STEPS)))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
def test_no_path_leads_to_the_secret(root: Path, steps: list[str]) -> None:
    for url in (f"file://{root}/{'/'.join(steps)}", f"file:{'/'.join(steps)}"):
        try:
            assert fetched(root, url) == PICTURE
        except MediaError as error:
            assert error.reason in ("forbidden path", "not found", "bad reference")  # noqa: PT017


def test_a_link_may_lead_inside_and_not_outside(root: Path) -> None:
    (root / "inside.png").symlink_to(root / "a b" / "ä.png")
    (root / "folder").symlink_to("a b")
    (root / "outside.png").symlink_to("../secret.png")
    (root / "up").symlink_to("..")
    (root / "circle").symlink_to("circle")
    assert fetched(root, "file:inside.png") == PICTURE
    assert fetched(root, "file:folder/ä.png") == PICTURE
    assert reason_of(root, "file:outside.png") == "forbidden path"
    assert reason_of(root, "file:up/secret.png") == "forbidden path"
    assert reason_of(root, "file:up/media-private/secret.png") == "forbidden path"
    assert reason_of(root, "file:circle") in ("forbidden path", "unreachable")


def test_the_root_may_itself_be_a_link(root: Path) -> None:
    link = root.parent / "link"
    link.symlink_to(root)
    assert fetched(link, f"file://{link}/a b/ä.png") == PICTURE


def test_only_regular_files_are_read(root: Path) -> None:
    os.mkfifo(root / "pipe.png")
    (root / "zero.png").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as listener:
        descriptor = os.open(root, os.O_RDONLY)
        listener.bind(f"/proc/self/fd/{descriptor}/socket.png")  # the path itself may be too long for a socket
        os.close(descriptor)
        for name in ("pipe.png", "zero.png", "socket.png"):
            assert reason_of(root, f"file:{name}") == "forbidden path"


def test_a_file_may_be_as_large_as_the_limit_and_no_larger(root: Path) -> None:
    assert fetched(root, "file:a b/ä.png", most=len(PICTURE)) == PICTURE
    assert reason_of(root, "file:a b/ä.png", most=len(PICTURE) - 1) == "too large"


def test_an_empty_file_is_empty(root: Path) -> None:
    (root / "empty.png").touch()
    assert reason_of(root, "file:empty.png") == "empty"
