"""Child processes that never outlive the measurement, and what they use."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from moderation.errors import ModerationError

_STOP_S = 20.0
_LAST_LINES = 15
_MB = 1024


class BenchmarkError(ModerationError):
    """A measurement that would mean nothing: a child died, a post is missing, a contender is wrong."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Megabytes (2^20). `pss` shares out pages that several processes map."""

    rss_mb: float
    pss_mb: float


class Child:
    """A running process. `spawned` is when it was started, in seconds since the epoch."""

    def __init__(self, process: "subprocess.Popen[bytes]", log: Path, spawned: float) -> None:
        self._process = process
        self._log = log
        self.spawned = spawned

    def check(self) -> None:
        """Raise `BenchmarkError` with the end of its log when it has ended."""
        code = self._process.poll()
        if code is not None:
            lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LAST_LINES:]
            said = "\n".join(f"  {line}" for line in lines)
            raise BenchmarkError(
                f"{self._log.stem} ended with exit code {code} in the middle of a run; it said:\n{said}"
            )

    def finished(self, timeout_s: float) -> None:
        """Wait until it ends by itself. Raises `BenchmarkError` when it fails or takes longer."""
        try:
            code = self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise BenchmarkError(f"{self._log.stem} is not done after {timeout_s:.0f} s") from None
        if code:
            self.check()

    def output(self) -> str:
        """All it has written."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def memory(self) -> Memory:
        """What it holds now, from /proc (Linux). Raises `BenchmarkError` where that is not to be had."""
        try:
            lines = Path(f"/proc/{self._process.pid}/smaps_rollup").read_text().splitlines()
        except OSError as error:
            raise BenchmarkError(f"memory of {self._log.stem} cannot be read: {error}") from error
        kb = {name.rstrip(":"): int(rest[0]) for name, *rest in map(str.split, lines[1:])}
        return Memory(round(kb["Rss"] / _MB, 1), round(kb["Pss"] / _MB, 1))


@contextlib.contextmanager
def running(
    command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None, cwd: Path | None = None
) -> Iterator[Child]:
    """The process between here and the end of the block, when it is told to stop, and killed if it does not.

    Its standard input is a pipe that ends with us: a child that watches it ends even when we are killed.
    """
    with log.open("wb") as output:
        spawned = time.time()
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=output, stderr=output, env=_environment(environment), cwd=cwd
        )
    try:
        yield Child(process, log, spawned)
    finally:
        _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    # Whoever interrupts a second time must not leave a worker behind.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        assert process.stdin is not None
        process.stdin.close()
    finally:
        signal.signal(signal.SIGINT, before)


def _environment(extra: Mapping[str, str] | None) -> dict[str, str]:
    """Ours without the operator's settings: a benchmark says itself what is set."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MODERATION_")}
    return {**kept, **(extra or {})}
