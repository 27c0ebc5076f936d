"""One decoding process, seen from its parent."""

import contextlib
import dataclasses
import fcntl
import mmap
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from models.media.decoding import wire
from models.media.decoding.decoded import Decoded
from models.media.decoding.limits import Limits
from models.media.decoding.wanted import Wanted
from moderation.errors import ConfigurationError, DecoderFailed, MediaReason

PICTURES = "models.media.decoding.worker"

_START_S = 60.0
"""Importing OpenCV, Pillow and NumPy takes 0.3 s; a cold disk or a starved machine makes more of it."""

_END_S = 1.0
_KEPT_BYTES = 8 * 2**20
"""Shared memory that a process keeps between files; what a large file needed beyond it is given back."""

_PATHS = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PATH")
_SET = {
    "PYTHONUTF8": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    # glibc gives pictures back to the system one by one and takes them again: 700 page faults, 1.3 ms, per 1080p JPEG.
    "MALLOC_MMAP_THRESHOLD_": str(16 * 2**20),
    "MALLOC_TRIM_THRESHOLD_": str(64 * 2**20),
}
_ENDED_BY: dict[signal.Signals, MediaReason] = {
    signal.SIGPROF: "decoder timeout",
    signal.SIGALRM: "decoder timeout",
    signal.SIGKILL: "decoder memory",  # not ours: the system's, when memory runs out
}


class Process:
    """Works on one file at a time. After `DecoderFailed` it may be over: see `alive`. For one thread at a time."""

    def __init__(self, limits: Limits, decode: str, worker: str = PICTURES) -> None:
        """Start the module `worker`, which gets `decode`, a `module:function`.

        Raises `ConfigurationError` if it does not come up.
        """
        self._limits = limits
        self.files = 0
        size = limits.content_bytes + limits.picture_bytes
        descriptor = _shared_memory(size)
        try:
            self._memory = mmap.mmap(descriptor, size)
            self._channel, theirs = socket.socketpair()
            with theirs:
                self._child = subprocess.Popen(
                    [sys.executable, "-P", "-m", worker, str(theirs.fileno()), str(descriptor)],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    pass_fds=(theirs.fileno(), descriptor),
                    cwd="/",
                    env=_environment(limits),
                    start_new_session=True,  # Ctrl-C is for the parent, which ends its children in order
                )
        finally:
            os.close(descriptor)
        self.alive = True
        self._send({"limits": dataclasses.asdict(limits), "decode": decode})
        try:
            self._answer(time.monotonic() + _START_S)
        except DecoderFailed as error:
            raise ConfigurationError(f"no decoding process can be started, see its standard error: {error}") from None

    def decode(self, content: bytes, wanted: Wanted) -> Decoded:
        """The pictures. Raises `MediaError`."""
        self.hold(content)
        try:
            body = self.ask({"bytes": len(content), "wanted": wanted.to_json()})
            with self.believed():
                return wire.read(body, self.room(len(content)), wanted)
        finally:
            self.give_back()

    def hold(self, content: bytes) -> None:
        """Lay the next file where the process sees it."""
        self.files += 1
        self._memory[: len(content)] = content

    def room(self, length: int) -> memoryview:
        """Where it lays pictures when it holds a file of this length."""
        return wire.room(self._memory, length)

    def ask(self, said: dict[str, Any]) -> bytes:
        """Its answer, which is not to be trusted. Raises `DecoderFailed` where there is none."""
        self._send(said)
        return self._answer(time.monotonic() + self._limits.seconds)

    @contextlib.contextmanager
    def believed(self) -> Iterator[None]:
        """Around what reads an answer: one that makes no sense ends the process."""
        try:
            yield
        except wire.BadAnswer as error:
            self.end()
            raise DecoderFailed(
                f"the decoder gave an answer that makes no sense: {error}", "decoder crashed"
            ) from error

    def give_back(self) -> None:
        """Of the memory that a large file took, what is not kept for the next."""
        if sys.platform == "linux" and len(self._memory) > _KEPT_BYTES:
            self._memory.madvise(mmap.MADV_REMOVE, _KEPT_BYTES)

    def kill(self) -> None:
        """Kill it, whatever it does: for another thread than the one that waits for its answer, which is told."""
        self._child.kill()

    def end(self) -> None:
        """Kill it, and be done with it."""
        self.alive = False
        self._child.kill()
        self._child.wait()
        self._channel.close()

    def close(self) -> None:
        """Let it end by itself; kill it if it does not."""
        self.alive = False
        self._channel.close()
        try:
            self._child.wait(_END_S)
        except subprocess.TimeoutExpired:
            self.end()

    def _send(self, said: dict[str, Any]) -> None:
        # If the process is gone or stuck, waiting for its answer tells why.
        with contextlib.suppress(OSError):
            self._channel.settimeout(self._limits.seconds)
            self._channel.sendall(wire.message(said))

    def _answer(self, until: float) -> bytes:
        try:
            (length,) = wire.LENGTH.unpack(self._exactly(wire.LENGTH.size, until))
            if length > wire.LONGEST_MESSAGE:
                self.end()
                raise DecoderFailed(f"the decoder announced an answer of {length:,} bytes", "decoder crashed")
            return self._exactly(length, until)
        except TimeoutError:
            self.end()
            raise DecoderFailed(f"decoding took longer than {self._limits.seconds:g} s", "decoder timeout") from None
        except ConnectionError:
            raise self._death() from None

    def _exactly(self, count: int, until: float) -> bytes:
        received = bytearray()
        while len(received) < count:
            self._channel.settimeout(max(until - time.monotonic(), 1e-3))
            if not (part := self._channel.recv(count - len(received))):
                raise ConnectionResetError
            received += part
        return bytes(received)

    def _death(self) -> DecoderFailed:
        """Why it ended without an answer."""
        self.alive = False
        self._channel.close()
        try:
            code = self._child.wait(_END_S)
        except subprocess.TimeoutExpired:
            self.end()
            return DecoderFailed("the decoding process fell silent", "decoder crashed")
        if code >= 0:
            return DecoderFailed(f"the decoding process ended with exit code {code}", "decoder crashed")
        ended_by = signal.Signals(-code)
        return DecoderFailed(
            f"the decoding process was ended by {ended_by.name}", _ENDED_BY.get(ended_by, "decoder crashed")
        )


def _shared_memory(size: int) -> int:
    """A descriptor of memory without a name, of this size for good: cut shorter, it would kill who reads it."""
    if sys.platform != "linux":
        with tempfile.TemporaryFile() as file:
            file.truncate(size)
            return os.dup(file.fileno())
    descriptor = os.memfd_create("decoding", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.ftruncate(descriptor, size)
    fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL)
    return descriptor


def _environment(limits: Limits) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _PATHS if name in os.environ}
    paths = os.pathsep.join(str(Path(path).absolute()) for path in sys.path)
    return kept | _SET | {"PYTHONPATH": paths, "OPENCV_IO_MAX_IMAGE_PIXELS": str(limits.pixels)}
