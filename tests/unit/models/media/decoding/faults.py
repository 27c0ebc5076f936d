"""A decoder that goes wrong as the file tells it: real processes are given it in place of ours.

The file is a PNG's first bytes and a word of those below; any other is decoded as ever.
"""

import ctypes
import os
import signal
import socket
import threading
from pathlib import Path

from models.media.decoding.decode import decode
from models.media.decoding.decoded import Decoded
from models.media.decoding.limits import Limits
from models.media.decoding.wanted import Wanted
from tests.unit.models.media.decoding.pictures import saved

FAULTY = f"{__name__}:faulty"
_START = b"\x89PNG\r\n\x1a\n"
_PICTURE = saved("PNG")
_spoilt: list[bool] = []


def file_that(does: str) -> bytes:
    """A file that makes `faulty` do so."""
    return _START + does.encode()


def faulty(content: bytes, wanted: Wanted, limits: Limits) -> Decoded:
    """What the file asks for, or its picture."""
    if _spoilt:
        os.abort()
    match content.removeprefix(_START):
        case b"segfaults":
            ctypes.string_at(0)
        case b"aborts":
            os.abort()
        case b"exits":
            os._exit(3)
        case b"is killed by the system":
            os.kill(os.getpid(), signal.SIGKILL)
        case b"spins":
            while True:
                pass
        case b"sleeps":
            threading.Event().wait()
        case b"falls silent":
            os.closerange(3, 256)
            threading.Event().wait()
        case b"balloons":
            held = [b"x" * 2**24 for _ in range(10_000)]
            raise AssertionError(len(held))
        case b"meets a fault of ours":
            raise KeyError("a fault of ours")
        case b"spoils the process":
            _spoilt.append(True)
            return decode(_PICTURE, wanted, limits)
        case b"opens a file":
            Path(__file__).read_bytes()
        case b"opens a connection":
            socket.socket()
        case b"tells the environment":
            raise RuntimeError(" ".join(sorted(os.environ)))
    return decode(content, wanted, limits)
