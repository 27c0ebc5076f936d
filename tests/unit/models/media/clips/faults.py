"""A reader of clips that goes wrong as the file tells it: real processes are given it in place of ours."""

import ctypes
import os
import threading
from pathlib import Path

from models.media.clips.info import ClipInfo, Slice
from models.media.clips.limits import ClipLimits
from models.media.clips.reading import Reader
from models.media.decoding.wanted import Wanted
from tests.unit.models.media.clips.clips import clip

FAULTY = f"{__name__}:FaultyReader"
_START = b"\x1aE\xdf\xa3"
_CLIP = clip(frames=250)
_spoilt: list[bool] = []


def file_that(does: str, *, opening: bool = False) -> bytes:
    """A file that makes `FaultyReader` do so: when it opens it, or with its second slice."""
    return _START + (b"at once " if opening else b"later ") + does.encode()


class FaultyReader:
    """Reads a clip of ten seconds for any file that begins as those of `file_that` do, until it does what it says."""

    def __init__(self, content: memoryview, wanted: Wanted, limits: ClipLimits) -> None:
        if _spoilt:
            os.abort()
        when, _, self._does = bytes(content[len(_START) : 200]).partition(b" ")
        is_ours = when in (b"at", b"later")
        if when == b"at":
            _do(self._does.removeprefix(b"once "))
        if not is_ours:
            self._does = b""
        self._reader = Reader(memoryview(_CLIP) if is_ours else content, wanted, limits)
        self._slices = 0

    @property
    def info(self) -> ClipInfo:
        return self._reader.info

    def slice(self) -> Slice:
        self._slices += 1
        if self._slices == 2:
            _do(self._does)
        return self._reader.slice()

    def close(self) -> None:
        self._reader.close()


def _do(what: bytes) -> None:
    match what:
        case b"segfaults":
            ctypes.string_at(0)
        case b"aborts":
            os.abort()
        case b"spins":
            while True:
                pass
        case b"sleeps":
            threading.Event().wait()
        case b"balloons":
            held = [b"x" * 2**24 for _ in range(10_000)]
            raise AssertionError(len(held))
        case b"meets a fault of ours":
            raise KeyError("a fault of ours")
        case b"spoils the process":
            _spoilt.append(True)
        case b"opens a file":
            Path(__file__).read_bytes()
