"""A decoder of clips for all tests of this folder: starting its processes takes as long as many of them."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from models.media.clips import ClipDecoder, ClipInfo, ClipLimits, Ended, Slice
from models.media.decoding import Fit, Frame, Wanted

WANTED = Wanted({"picture": Fit(640)})


@dataclass(frozen=True)
class Read:
    """All that a clip gave."""

    info: ClipInfo
    slices: tuple[Slice, ...]

    @property
    def frames(self) -> tuple[Frame, ...]:
        return tuple(frame for part in self.slices for frame in part.frames)

    @property
    def times(self) -> list[int]:
        return [frame.at_ms for frame in self.frames]

    @property
    def ended(self) -> Ended | None:
        return self.slices[-1].ended


Reads = Callable[..., Read]


async def read_with(decoder: ClipDecoder, content: bytes, wanted: Wanted = WANTED) -> Read:
    """The whole clip."""
    async with decoder.clip(content, wanted) as clip:
        return Read(clip.info, tuple([part async for part in clip.slices()]))


@pytest.fixture(scope="session")
def clips() -> Iterator[ClipDecoder]:
    with ClipDecoder(at_once=2) as decoder:
        yield decoder


@pytest.fixture(scope="session")
def read(clips: ClipDecoder) -> Reads:
    def read(content: bytes, wanted: Wanted = WANTED) -> Read:
        return asyncio.run(read_with(clips, content, wanted))

    return read


@pytest.fixture
def read_within() -> Reads:
    """With limits of its own."""

    def read(content: bytes, wanted: Wanted = WANTED, **limits: float) -> Read:
        with ClipDecoder(ClipLimits(**limits), at_once=1) as decoder:  # type: ignore[arg-type]
            return asyncio.run(read_with(decoder, content, wanted))

    return read
