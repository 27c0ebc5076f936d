"""Clips to frames: one process for each clip under way, which take turns."""

import asyncio
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from types import TracebackType

from models.media.clips.clip import Clip, Work
from models.media.clips.containers import container_of
from models.media.clips.limits import ClipLimits
from models.media.decoding.decoder import cores
from models.media.decoding.process import Process
from models.media.decoding.wanted import Wanted
from moderation.errors import MediaTooLarge

READER = "models.media.clips.reading:Reader"
WORKER = "models.media.clips.worker"
CLIPS_PER_PROCESS = 200
"""Then it is replaced: what leaked, or took hold in it, ends there."""


class ClipDecoder:
    """Decodes clips side by side, slice by slice; one that crashes, hangs or balloons costs itself only.

    Each of the clips under way has a process, and waits for its next slice behind those that the others asked for
    before: whoever asks again goes to the end of the line. So a short clip is done while a long one is under way.
    For one event loop.
    """

    def __init__(
        self, limits: ClipLimits | None = None, at_once: int | None = None, under_way: int = 8, opens: str = READER
    ) -> None:
        """`at_once` slices are worked on, by default as many as there are cores, of `under_way` clips.

        A clip under way holds its bytes and what FFmpeg needs for it: 30 to 450 MB. `opens` is the `module:function`
        that its process calls.
        """
        self.limits = limits or ClipLimits()
        self.at_once = at_once or cores()
        self._opens = opens
        self._places = asyncio.Semaphore(max(under_way, self.at_once))
        self._turns = ThreadPoolExecutor(self.at_once, "clips")  # first come, first served
        self._idle: list[Process] = []
        self._started: set[Process] = set()
        self._lock = threading.Lock()

    @asynccontextmanager
    async def clip(self, content: bytes, wanted: Wanted) -> AsyncIterator[Clip]:
        """The clip, opened, for as long as the block lasts; leaving it early ends the work at once.

        `wanted.frames` is how many a slice has at most. Raises `UndecodableMedia`, `MediaTooLarge`, or
        `DecoderFailed` for a clip that took its process with it; `ConfigurationError` where no process can be started.
        """
        if wanted.most_bytes > self.limits.picture_bytes:
            raise ValueError(f"{wanted.most_bytes:,} bytes of pictures wanted, room for {self.limits.picture_bytes:,}")
        if len(content) > self.limits.content_bytes:
            raise MediaTooLarge(f"{len(content):,} bytes; {self.limits.content_bytes:,} are allowed")
        container_of(content)
        async with self._places:
            work = Work(content, wanted, self.limits, self._process)
            try:
                info = await asyncio.get_running_loop().run_in_executor(self._turns, work.open)
                yield Clip(info, work, self._turns)
            finally:
                self._keep(work.leave())

    def close(self) -> None:
        """Finish the slices under way, drop those that wait, and end the processes."""
        self._turns.shutdown(cancel_futures=True)
        for process in self._started:
            process.close()
        self._started.clear()
        self._idle.clear()

    def __enter__(self) -> "ClipDecoder":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _process(self, new: bool) -> Process:
        with self._lock:
            if self._idle and not new:
                return self._idle.pop()
        process = Process(self.limits.of_a_slice, self._opens, WORKER)
        with self._lock:
            self._started = {process, *(old for old in self._started if old.alive)}
        return process

    def _keep(self, process: Process | None) -> None:
        """For the next clip: all while clips wait for a place, else one for each slice that is worked on at once."""
        with self._lock:
            if process is not None and process.files < CLIPS_PER_PROCESS:
                self._idle.append(process)
                process = None
            surplus = [] if process is None else [process]
            while len(self._idle) > self.at_once and not self._places.locked():
                surplus.append(self._idle.pop(0))
        for each in surplus:
            each.end()
