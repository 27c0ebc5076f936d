"""The decoding process: `python -m models.media.decoding.worker SOCKET MEMORY`, both inherited descriptors.

It holds no secrets (its environment has paths only), can open neither files nor connections once it has begun,
leaves no core dump, and ends when a file takes too much memory or time, or when its parent is gone.
"""

import codecs
import contextlib
import importlib
import json
import mmap
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
from PIL import ExifTags, ImageCms, ImageColor, ImageFilter, ImageOps, ImagePalette, MpoImagePlugin

from models.media.decoding import wire
from models.media.decoding.damage import is_lack_of_memory, one_line
from models.media.decoding.decoded import Decoded
from models.media.decoding.limits import Limits
from models.media.decoding.wanted import Wanted
from moderation.errors import DecoderFailed, MediaError

PRELOADED = (ExifTags, ImageCms, ImageColor, ImageFilter, ImageOps, ImagePalette, MpoImagePlugin)
"""What Pillow imports while it decodes: later no file can be opened."""

_CODECS = ("ascii", "latin-1", "utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp437", "idna")
_GRACE = 5
"""Seconds beyond the limit after which the process ends itself: its parent, which should have done so, is gone."""

Decode = Callable[[bytes, Wanted, Limits], Decoded]
Answer = Callable[[dict[str, Any], mmap.mmap], dict[str, Any]]
"""From what was asked, and the memory that both sides have mapped, to what is answered. Raises `MediaError`."""


def main() -> None:
    """Decode one file after the other, until the other end is closed."""
    serve(_pictures)


def serve(service: Callable[[str, Limits], Answer]) -> None:
    """Answer until the other end is closed. `service` gets the name that the parent gave for what decodes."""
    channel = socket.socket(fileno=int(sys.argv[1]))
    with channel, contextlib.suppress(ConnectionError):
        memory = mmap.mmap(int(sys.argv[2]), 0)
        start = _received(channel)
        limits = Limits(**start["limits"])
        answer = service(start["decode"], limits)
        _shut_doors(limits)
        channel.sendall(wire.message({}))
        while True:
            asked = _received(channel)
            with _timed(limits):
                said = _answered(answer, asked, memory)
            channel.sendall(wire.message(said))


def function(name: str) -> Any:
    """What `module:function` names."""
    module, _, attribute = name.partition(":")
    return getattr(importlib.import_module(module), attribute)


def _pictures(name: str, limits: Limits) -> Answer:
    decode: Decode = function(name)

    def answer(asked: dict[str, Any], memory: mmap.mmap) -> dict[str, Any]:
        length = asked["bytes"]
        decoded = decode(memory[:length], Wanted.from_json(asked["wanted"]), limits)
        return wire.written(decoded, wire.room(memory, length))

    return answer


def _answered(answer: Answer, asked: dict[str, Any], memory: mmap.mmap) -> dict[str, Any]:
    try:
        return answer(asked, memory)
    except MediaError as error:
        return wire.failure(error)
    except Exception as error:
        if is_lack_of_memory(error):
            return wire.failure(DecoderFailed("decoding needs more memory than is allowed", "decoder memory"))
        # A fault of ours, not of the file: `damage.reading` is around all that reads it.
        return wire.failure(DecoderFailed(f"{type(error).__name__}: {one_line(error)}", "decoder crashed"))


@contextlib.contextmanager
def _timed(limits: Limits) -> Iterator[None]:
    """The system ends the process when a file takes too long; nobody in it has to notice."""
    signal.setitimer(signal.ITIMER_PROF, limits.cpu_seconds)
    signal.setitimer(signal.ITIMER_REAL, limits.seconds + _GRACE)
    yield
    signal.setitimer(signal.ITIMER_PROF, 0)
    signal.setitimer(signal.ITIMER_REAL, 0)


def _shut_doors(limits: Limits) -> None:
    cv2.setNumThreads(0)
    with Path(os.devnull).open("wb") as nowhere:  # decoders complain of every damaged file
        os.dup2(nowhere.fileno(), 2)
    for name in _CODECS:
        codecs.lookup(name)
    if sys.platform == "linux":  # elsewhere this limit is not kept, or forbids what the process already has
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        allowed = pages * resource.getpagesize() + limits.memory_bytes
        resource.setrlimit(resource.RLIMIT_AS, (allowed, allowed))
    for what in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE):
        resource.setrlimit(what, (0, 0))


def _received(channel: socket.socket) -> dict[str, Any]:
    """The next message. Raises `ConnectionError` when the other end is closed."""
    (length,) = wire.LENGTH.unpack(_exactly(channel, wire.LENGTH.size))
    said: dict[str, Any] = json.loads(_exactly(channel, length))
    return said


def _exactly(channel: socket.socket, count: int) -> bytes:
    received = bytearray()
    while len(received) < count:
        if not (part := channel.recv(count - len(received))):
            raise ConnectionResetError
        received += part
    return bytes(received)


if __name__ == "__main__":
    main()
