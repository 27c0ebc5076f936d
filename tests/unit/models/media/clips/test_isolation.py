"""A clip that crashes, hangs or balloons its process costs itself only. All with real processes."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.media.clips import ClipDecoder, ClipLimits
from models.media.decoding import Fit, Wanted
from moderation.errors import DecoderFailed, MediaError, UndecodableMedia
from tests.unit.models.media.clips.clips import clip, scene
from tests.unit.models.media.clips.conftest import Read, read_with
from tests.unit.models.media.clips.faults import FAULTY, file_that
from tests.unit.models.media.decoding.wants import difference

LIMITS = ClipLimits(memory_bytes=256 * 2**20, cpu_seconds=0.5, slice_seconds=2)
FEW = Wanted({"picture": Fit(64)}, frames=2)


@pytest.fixture(scope="module")
def faulty() -> Iterator[ClipDecoder]:
    with ClipDecoder(LIMITS, at_once=2, opens=FAULTY) as decoder:
        yield decoder


FAULTS = [
    ("segfaults", "decoder crashed", "SIGSEGV"),
    ("aborts", "decoder crashed", "SIGABRT"),
    ("spins", "decoder timeout", "SIGPROF"),
    ("sleeps", "decoder timeout", "longer than 2 s"),
    ("balloons", "decoder memory", "more memory than is allowed"),
    ("meets a fault of ours", "decoder crashed", "KeyError"),
]


@pytest.mark.parametrize(("does", "reason", "says"), FAULTS)
def test_a_fault_costs_its_own_clip_only_and_not_the_frames_that_were_given(
    faulty: ClipDecoder, does: str, reason: str, says: str
) -> None:
    given = []

    async def failing() -> None:
        async with faulty.clip(file_that(does), FEW) as opened:
            assert opened.info.length_ms == 9960
            async for part in opened.slices():
                given.extend(part.frames)

    async def among_others() -> list[Read | BaseException | None]:
        others = (read_with(faulty, clip()) for _ in range(3))
        return await asyncio.gather(failing(), *others, return_exceptions=True)

    failed, *others = asyncio.run(among_others())
    assert isinstance(failed, DecoderFailed)
    assert failed.reason == reason
    assert says in str(failed)
    assert [frame.at_ms for frame in given] == [0, 1000]
    for other in others:
        assert isinstance(other, Read)
        assert (other.ended, other.times[-1]) == ("complete", 1960)


@pytest.mark.parametrize(("does", "reason", "says"), [FAULTS[0], FAULTS[2], FAULTS[4]])
def test_a_fault_on_opening_is_told_as_well(faulty: ClipDecoder, does: str, reason: str, says: str) -> None:
    with pytest.raises(MediaError, match=says) as failed:
        asyncio.run(read_with(faulty, file_that(does, opening=True)))
    assert failed.value.reason == reason
    assert asyncio.run(read_with(faulty, clip())).ended == "complete"


def test_what_a_clip_has_spoilt_does_not_cost_the_next_one() -> None:
    with ClipDecoder(LIMITS, at_once=1, opens=FAULTY) as decoder:
        assert asyncio.run(read_with(decoder, file_that("spoils the process"))).ended == "complete"
        assert asyncio.run(read_with(decoder, clip())).ended == "complete"


def test_a_process_at_work_on_a_clip_can_open_no_file(faulty: ClipDecoder) -> None:
    with pytest.raises(MediaError, match="Too many open files"):
        asyncio.run(read_with(faulty, file_that("opens a file", opening=True)))


def test_short_clips_are_done_while_a_long_one_that_came_first_is_under_way() -> None:
    """One slice at a time, so that the order is that of the turns."""
    done = []

    async def read(name: str, content: bytes, decoder: ClipDecoder) -> None:
        seen = await read_with(decoder, content, FEW)
        done.append((name, len(seen.slices)))

    async def all_of_them() -> None:
        with ClipDecoder(at_once=1, under_way=4) as decoder:
            long = asyncio.create_task(read("long", clip(frames=1000), decoder))
            await asyncio.sleep(0)  # it asks first
            await asyncio.gather(*(read(f"short {number}", clip(), decoder) for number in range(3)), long)

    asyncio.run(all_of_them())
    assert [name for name, _ in done] == ["short 0", "short 1", "short 2", "long"]
    assert done[-1][1] > 15


def test_no_more_clips_are_under_way_than_allowed_and_all_are_done() -> None:
    async def all_of_them() -> tuple[int, list[Read]]:
        under_way = most = 0

        async def read(decoder: ClipDecoder) -> Read:
            nonlocal under_way, most
            async with decoder.clip(clip(), FEW) as opened:
                under_way += 1
                most = max(most, under_way)
                seen = Read(opened.info, tuple([part async for part in opened.slices()]))
                under_way -= 1
                return seen

        with ClipDecoder(at_once=1, under_way=2) as decoder:
            seen = await asyncio.gather(*(read(decoder) for _ in range(6)))
        return most, seen

    most, seen = asyncio.run(all_of_them())
    assert most == 2
    assert {len(one.frames) for one in seen} == {len(seen[0].frames)}


def test_clips_that_wait_get_the_processes_of_those_that_are_done() -> None:
    async def all_of_them() -> set[int]:
        before, seen = children(), set[int]()

        async def read(decoder: ClipDecoder) -> None:
            await read_with(decoder, clip())
            seen.update(children() - before)

        with ClipDecoder(at_once=1, under_way=3) as decoder:
            await asyncio.gather(*(read(decoder) for _ in range(12)))
        return seen

    assert 1 <= len(asyncio.run(all_of_them())) <= 3


def test_a_clip_that_is_left_early_ends_its_work_and_keeps_no_place() -> None:
    async def left_early() -> Read:
        with ClipDecoder(at_once=1, under_way=1) as decoder:
            for _ in range(3):
                async with decoder.clip(clip(frames=1000), FEW) as opened:
                    async for part in opened.slices():
                        assert part.frames
                        break
            return await read_with(decoder, clip())

    before = children()
    assert asyncio.run(left_early()).ended == "complete"
    assert children() <= before


def test_a_clip_whose_reader_is_cancelled_is_ended_even_in_the_middle_of_a_slice() -> None:
    """The limits would let it sleep for an hour."""

    async def cancelled() -> Read:
        with ClipDecoder(ClipLimits(slice_seconds=3600), at_once=1, under_way=1, opens=FAULTY) as decoder:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(1):
                    await read_with(decoder, file_that("sleeps"), FEW)
            return await read_with(decoder, clip())

    before = children()
    assert asyncio.run(cancelled()).ended == "complete"
    assert children() <= before


def test_a_closed_decoder_leaves_no_process_behind() -> None:
    before = children()
    with ClipDecoder(at_once=2) as decoder:
        asyncio.run(read_with(decoder, clip()))
        with pytest.raises(UndecodableMedia):
            asyncio.run(read_with(decoder, b"\x1aE\xdf\xa3" + bytes(100)))
        assert children() > before
    assert children() == before


def test_pictures_are_those_of_the_clip_that_asked(faulty: ClipDecoder) -> None:
    async def both() -> list[Read]:
        return await asyncio.gather(read_with(faulty, clip()), read_with(faulty, clip(cuts=(0,))))

    for other, seen in enumerate(asyncio.run(both())):
        assert difference(seen.frames[0].pictures["picture"], scene(0, other=bool(other))) < 5


def children() -> set[int]:
    """Processes of this test run that work on clips."""
    mine = set()
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(status.read_text().rpartition(")")[2].split()[1])
            command = (status.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if parent == os.getpid() and b"models.media.clips.worker" in command:
            mine.add(int(status.parent.name))
    return mine
