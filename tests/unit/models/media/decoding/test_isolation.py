"""A file that crashes, hangs or balloons its decoder costs itself only. All with real processes."""

import asyncio
import os
import select
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvloop

from models.media.decoding import Decoded, Decoder, Fit, Limits, Wanted
from moderation.errors import ConfigurationError, DecoderFailed, MediaError, MediaTooLarge
from tests.unit.models.media.decoding.faults import FAULTY, file_that
from tests.unit.models.media.decoding.pictures import saved, scene
from tests.unit.models.media.decoding.wants import SMALL, difference, picture

LIMITS = Limits(memory_bytes=256 * 2**20, cpu_seconds=0.5, seconds=2)


@pytest.fixture(scope="module")
def faulty() -> Iterator[Decoder]:
    with Decoder(LIMITS, processes=2, decode=FAULTY) as decoder:
        yield decoder


def failure(decoder: Decoder, content: bytes) -> MediaError:
    with pytest.raises(MediaError) as failed:
        asyncio.run(decoder.decode(content, SMALL))
    return failed.value


@pytest.mark.parametrize(
    ("does", "reason", "says"),
    [
        ("segfaults", "decoder crashed", "SIGSEGV"),
        ("aborts", "decoder crashed", "SIGABRT"),
        ("exits", "decoder crashed", "exit code 3"),
        ("is killed by the system", "decoder memory", "SIGKILL"),
        ("spins", "decoder timeout", "SIGPROF"),
        ("sleeps", "decoder timeout", "longer than 2 s"),
        ("falls silent", "decoder crashed", "fell silent"),
        ("balloons", "decoder memory", "more memory than is allowed"),
        ("meets a fault of ours", "decoder crashed", "KeyError"),
    ],
)
def test_a_fault_costs_its_own_file_only(faulty: Decoder, does: str, reason: str, says: str) -> None:
    async def among_others() -> list[Decoded | BaseException]:
        good = saved("PNG")
        return await asyncio.gather(
            *(faulty.decode(content, SMALL) for content in (good, good, file_that(does), good, good)),
            return_exceptions=True,
        )

    first, second, failed, *others = asyncio.run(among_others())
    assert isinstance(failed, DecoderFailed)
    assert failed.reason == reason
    assert says in str(failed)
    for decoded in (first, second, *others):
        assert isinstance(decoded, Decoded)
        assert difference(picture(decoded), scene()) == 0


def test_what_a_file_has_spoilt_does_not_cost_the_next_one() -> None:
    with Decoder(LIMITS, processes=1, decode=FAULTY) as decoder:
        asyncio.run(decoder.decode(file_that("spoils the process"), SMALL))
        assert difference(picture(asyncio.run(decoder.decode(saved("PNG"), SMALL))), scene()) == 0


@pytest.mark.parametrize("does", ["opens a file", "opens a connection"])
def test_a_decoder_can_reach_neither_files_nor_hosts(faulty: Decoder, does: str) -> None:
    assert "Too many open files" in str(failure(faulty, file_that(does)))


def test_a_decoder_knows_no_secret_of_its_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODERATION_KAFKA_PASSWORD", "secret")
    with Decoder(LIMITS, processes=1, decode=FAULTY) as decoder:
        told = str(failure(decoder, file_that("tells the environment")))
    assert "PYTHONPATH" in told
    assert "PASSWORD" not in told


def test_many_decodes_come_back_each_to_its_own_caller(decoder: Decoder) -> None:
    async def all_of_them() -> list[Decoded]:
        return await asyncio.gather(
            *(decoder.decode(saved("PNG", scene(20 + size, 120 - size)), SMALL) for size in range(60))
        )

    for size, decoded in enumerate(asyncio.run(all_of_them())):
        assert (decoded.width, decoded.height) == (20 + size, 120 - size)
        assert difference(picture(decoded), scene(20 + size, 120 - size)) == 0


def test_several_loops_in_several_threads_share_a_decoder(decoder: Decoder) -> None:
    widths: list[int] = []

    def decode_some(runner: type[asyncio.Runner], width: int) -> None:
        with runner() as loop:
            widths.extend(loop.run(decoder.decode(saved("PNG", scene(width)), SMALL)).width for _ in range(5))

    class UvRunner(asyncio.Runner):
        def __init__(self) -> None:
            super().__init__(loop_factory=uvloop.new_event_loop)

    threads = [
        threading.Thread(target=decode_some, args=(runner, width))
        for width, runner in enumerate((asyncio.Runner, UvRunner, UvRunner), 30)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(widths) == sorted([30, 31, 32] * 5)


def test_a_caller_that_goes_away_stops_nobody(faulty: Decoder) -> None:
    async def leave() -> Decoded:
        waiting = [asyncio.create_task(faulty.decode(file_that("sleeps"), SMALL)) for _ in range(2)]
        queued = asyncio.create_task(faulty.decode(saved("PNG"), SMALL))
        await asyncio.sleep(0)
        for task in waiting:
            task.cancel()
        return await queued

    assert asyncio.run(leave()).format == "png"


def workers_of(parent: int) -> list[int]:
    """The decoding processes of a process."""
    children = Path(f"/proc/{parent}/task").glob("*/children")
    pids = [int(pid) for path in children for pid in path.read_text().split()]
    return [pid for pid in pids if b"models.media.decoding.worker" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def test_closing_ends_every_process_and_none_is_there_before_it_is_needed() -> None:
    others = set(workers_of(os.getpid()))
    decoder = Decoder(processes=1)
    assert set(workers_of(os.getpid())) == others
    asyncio.run(decoder.decode(saved("PNG"), SMALL))
    (child,) = set(workers_of(os.getpid())) - others
    decoder.close()
    assert child not in workers_of(os.getpid())


def test_processes_end_with_a_parent_that_is_killed() -> None:
    program = (
        "import asyncio, sys\n"
        "from models.media.decoding import Decoder\n"
        "from tests.unit.models.media.decoding.pictures import saved\n"
        "from tests.unit.models.media.decoding.wants import SMALL\n"
        "decoder = Decoder(processes=1)\n"
        "asyncio.run(decoder.decode(saved('PNG'), SMALL))\n"
        "print('ready', flush=True)\n"
        "sys.stdin.read()\n"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([".", *sys.path])}
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"ready\n"
        (child,) = workers_of(parent.pid)
        watched = os.pidfd_open(child)
        parent.kill()
    assert select.select([watched], [], [], 30)[0]
    os.close(watched)


def test_pictures_larger_than_the_room_for_them_are_a_fault_of_the_caller(decoder: Decoder) -> None:
    with pytest.raises(ValueError, match="room for"):
        asyncio.run(decoder.decode(saved("PNG"), Wanted({"huge": Fit(10_000)})))


def test_a_file_of_too_many_bytes_is_not_looked_at(decoder: Decoder) -> None:
    with pytest.raises(MediaTooLarge, match="33,554,433 bytes; 33,554,432 are allowed"):
        asyncio.run(decoder.decode(saved("PNG").ljust(2**25 + 1), SMALL))


def test_a_decoder_that_cannot_start_is_no_fault_of_the_file() -> None:
    with (
        Decoder(processes=1, decode="models.media.decoding.nowhere:decode") as decoder,
        pytest.raises(ConfigurationError, match="no decoding process can be started"),
    ):
        asyncio.run(decoder.decode(saved("PNG"), SMALL))
