"""Damage of any kind: frames or a typed failure, and never a process that is lost or a clip without an end."""

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.media.clips import ClipDecoder
from moderation.errors import MediaError
from tests.unit.models.media.clips.clips import EVERY_KIND, clip
from tests.unit.models.media.clips.conftest import WANTED, read_with

TYPED = {"empty", "not a video", "unsupported format", "too large", "truncated", "damaged", "decoder memory"}


async def outcome(decoder: ClipDecoder, content: bytes) -> str:
    try:
        seen = await read_with(decoder, content)
    except MediaError as error:
        return error.reason
    assert seen.ended is not None
    assert 1 <= len(seen.frames) <= decoder.limits.frames
    assert seen.times == sorted(seen.times)
    assert all(1 <= max(frame.pictures["picture"].shape) <= 640 for frame in seen.frames)
    assert all(len(part.frames) <= WANTED.frames for part in seen.slices)
    return seen.ended


@pytest.fixture(scope="module")
def kinds() -> list[bytes]:
    return [clip(container, codec, 30, pixel_format=form) for container, codec, form in EVERY_KIND]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_clip_with_changed_bytes_or_cut_anywhere_is_frames_or_a_typed_failure(
    clips: ClipDecoder, kinds: list[bytes], data: st.DataObject
) -> None:
    content = bytearray(data.draw(st.sampled_from(kinds)))
    places = st.one_of(st.integers(0, min(len(content), 600) - 1), st.integers(0, len(content) - 1))
    for place in data.draw(st.lists(places, max_size=12)):
        content[place] = data.draw(st.integers(0, 255))
    cut = data.draw(st.one_of(st.just(len(content)), st.integers(0, len(content))))
    found = asyncio.run(outcome(clips, bytes(content[:cut])))
    assert found in TYPED | {"complete", "truncated", "limits"}


def generated() -> Iterator[tuple[str, bytes]]:
    chance = random.Random(7)
    for container, codec, form in EVERY_KIND:
        content = clip(container, codec, 30, pixel_format=form)
        for quarters in range(1, 4):
            yield f"{container} {codec} {quarters}/4", content[: len(content) * quarters // 4]
            spoilt = bytearray(content)
            for _ in range(20 * quarters):
                spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
            yield f"{container} {codec} {20 * quarters} bytes changed", bytes(spoilt)


def test_every_file_of_a_folder_is_frames_or_a_typed_failure(
    clips: ClipDecoder, request: pytest.FixtureRequest
) -> None:
    """With `--data FOLDER` all files in its folder `clips`; else a damaged clip of every kind."""
    folder: Path | None = request.config.getoption("--data")
    files = list(generated())
    if folder and (folder / "clips").is_dir():
        files = [(str(path), path.read_bytes()) for path in sorted((folder / "clips").rglob("*")) if path.is_file()]

    async def outcomes() -> list[str]:
        return await asyncio.gather(*(outcome(clips, content) for _, content in files))

    found = asyncio.run(outcomes())
    print(*sorted(Counter(found).items()), sep="\n")
    for (name, _), what in zip(files, found, strict=True):
        assert what in TYPED | {"complete", "limits"}, name
