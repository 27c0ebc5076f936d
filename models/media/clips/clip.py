"""A clip under way, seen from the parent of the process that works on it."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager

from models.media.clips import wire
from models.media.clips.info import ClipInfo, Slice
from models.media.clips.limits import ClipLimits
from models.media.decoding.process import Process
from models.media.decoding.wanted import Wanted
from moderation.errors import DecoderFailed

log = logging.getLogger(__name__)

TakeProcess = Callable[[bool], Process]
"""A process that has no clip; a new one where it is called with True."""


class Work:
    """On one clip, in a process that it has to itself. Blocks; for one thread at a time, but for `leave`."""

    def __init__(self, content: bytes, wanted: Wanted, limits: ClipLimits, take: TakeProcess) -> None:
        self._content, self._length = content, len(content)
        self._wanted, self._limits = wanted, limits
        self._take = take
        self._process: Process | None = None
        self._lock = threading.Lock()
        self._busy = self._left = self._done = False

    def open(self) -> ClipInfo:
        """What the clip is. Raises `MediaError`, `ConfigurationError`.

        A crash may be the work of a clip before this one, which left the process damaged: then a new one is tried.
        """
        with self._at_it():
            process = self._process = self._take(False)
            try:
                info = self._opened(process)
            except DecoderFailed as error:
                if process.alive:
                    raise
                log.warning("a decoding process was lost to a clip of %d bytes: %s", self._length, error)
                if error.reason != "decoder crashed" or process.files == 1:
                    raise
                process = self._process = self._take(True)
                info = self._opened(process)
            self._done = False
            self._content = b""
            return info

    def slice(self) -> Slice:
        """The next frames. Raises `DecoderFailed`."""
        with self._at_it():
            process = self._process
            assert process is not None, "opened first"
            body = process.ask(wire.NEXT)
            with process.believed():
                part = wire.slice_read(body, process.room(self._length), self._wanted)
            self._done = part.ended is not None
            return part

    def leave(self) -> Process | None:
        """Give up what is not finished, at once even in the middle of it. The process, if it may go on with others."""
        with self._lock:
            self._left = True
            process = self._process
            if process is None:
                return None
            if self._busy:
                process.kill()
                return None
        if self._done and process.alive:
            process.give_back()
            return process
        process.end()
        return None

    def _opened(self, process: Process) -> ClipInfo:
        self._done = True  # whatever is refused leaves nothing open
        process.hold(self._content)
        body = process.ask(wire.opening(self._length, self._wanted, self._limits))
        with process.believed():
            return wire.info_read(body)

    @contextmanager
    def _at_it(self) -> Iterator[None]:
        with self._lock:
            if self._left:
                raise DecoderFailed("the clip was given up", "decoder timeout")
            self._busy = True
        try:
            yield
        finally:
            with self._lock:
                self._busy = False
                if self._left and self._process is not None:
                    self._process.end()


class Clip:
    """A clip that is open: what it is, and its frames, slice by slice."""

    def __init__(self, info: ClipInfo, work: Work, turns: Executor) -> None:
        self.info = info
        self._work = work
        self._turns = turns

    async def slices(self) -> AsyncIterator[Slice]:
        """To be gone through once. Between two of them the other clips have their turn.

        Raises `DecoderFailed` when this clip takes its process with it; what was given before stays valid.
        """
        part: Slice | None = None
        while part is None or part.ended is None:
            part = await asyncio.get_running_loop().run_in_executor(self._turns, self._work.slice)
            yield part
