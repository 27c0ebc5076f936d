"""Hostile bytes to pixels: a pool of processes, each with one file at a time."""

import asyncio
import logging
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType

from models.media.decoding.decoded import Decoded
from models.media.decoding.formats import format_of
from models.media.decoding.limits import Limits
from models.media.decoding.process import Process
from models.media.decoding.wanted import Wanted
from moderation.errors import DecoderFailed, MediaTooLarge

log = logging.getLogger(__name__)

DECODE = "models.media.decoding.decode:decode"
FILES_PER_PROCESS = 2_000
"""Then it is replaced: what leaked, or took hold in it, ends there. Starting one takes 0.3 s."""


class Decoder:
    """Decodes files side by side; a file that crashes, hangs or balloons costs itself only.

    Processes are started when they are first needed, and replaced when they have ended. For any number of event
    loops and threads.
    """

    def __init__(self, limits: Limits | None = None, processes: int | None = None, decode: str = DECODE) -> None:
        """`processes` is by default the number of cores. `decode` is the `module:function` that they call."""
        self.limits = limits or Limits()
        self.processes = processes or cores()
        self._decode = decode
        self._own = threading.local()
        self._started: set[Process] = set()
        self._lock = threading.Lock()
        self._threads = ThreadPoolExecutor(self.processes, "decoder")

    async def decode(self, content: bytes, wanted: Wanted) -> Decoded:
        """The pictures that are wanted of a file.

        Raises `UndecodableMedia`, `MediaTooLarge`, or `DecoderFailed` for a file that took the process with it;
        `ConfigurationError` where no process can be started, which is no fault of the file.
        """
        if wanted.most_bytes > self.limits.picture_bytes:
            raise ValueError(f"{wanted.most_bytes:,} bytes of pictures wanted, room for {self.limits.picture_bytes:,}")
        if len(content) > self.limits.content_bytes:
            raise MediaTooLarge(f"{len(content):,} bytes; {self.limits.content_bytes:,} are allowed")
        format_of(content)
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._decoded, content, wanted)

    def close(self) -> None:
        """Finish the files under way, drop those that wait, and end the processes."""
        self._threads.shutdown(cancel_futures=True)
        for process in self._started:
            process.close()
        self._started.clear()

    def __enter__(self) -> "Decoder":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _decoded(self, content: bytes, wanted: Wanted) -> Decoded:
        """On a thread of the pool, each of which has a process of its own."""
        process = self._process()
        had_others = process.files > 0
        try:
            return process.decode(content, wanted)
        except DecoderFailed as error:
            if process.alive:
                raise
            log.warning("a decoding process was lost to a file of %d bytes: %s", len(content), error)
            # A crash may be the work of a file before this one, which left the process damaged.
            if error.reason != "decoder crashed" or not had_others:
                raise
        return self._process().decode(content, wanted)

    def _process(self) -> Process:
        """This thread's, a new one if it has none that should go on."""
        process: Process | None = getattr(self._own, "process", None)
        if process is not None and process.alive and process.files < FILES_PER_PROCESS:
            return process
        if process is not None:
            process.close()
        new = Process(self.limits, self._decode)
        with self._lock:
            self._started = {new, *(old for old in self._started if old.alive)}
        self._own.process = new
        return new


def cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
