"""JSON lines in and out: read in bounded memory, and written so that a file that is there is complete."""

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Protocol

from moderation.errors import ConfigurationError

_CHUNK = 262_144
_AHEAD = 2  # windows that are read before they are asked for


class Readable(Protocol):
    """An unbuffered file or pipe: `read` returns what is there, and nothing at the end."""

    def read(self, size: int, /) -> bytes | None: ...


def windows_of(file: Readable, size: int, longest: int) -> Iterator[list[bytes]]:
    """The lines, without line ends, at most `size` at a time; fewer where a pipe has no more yet.

    Of a line over `longest` bytes at least that and one byte more comes, so that it can be refused, but not all.
    """
    rest = b""
    first = True
    while chunk := file.read(_CHUNK):
        if first:
            chunk = chunk.removeprefix(b"\xef\xbb\xbf")  # the byte order mark that Windows editors write
            first = False
        *lines, rest = (rest + chunk).split(b"\n")
        rest = rest[: longest + 1]
        for start in range(0, len(lines), size):
            yield lines[start : start + size]
    if rest:
        yield [rest]


async def read_ahead(windows: Iterator[list[bytes]]) -> AsyncIterator[list[bytes]]:
    """The same windows, read by a thread of its own: a pipe that has nothing yet must not stop the lanes.

    A daemon, because nothing can wake a thread that reads from a silent pipe when the program is interrupted.
    """
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[list[bytes] | BaseException | None] = asyncio.Queue()
    room = threading.Semaphore(_AHEAD)

    def read() -> None:
        end: BaseException | None = None
        with suppress(RuntimeError):  # the loop is closed: nobody asks any more
            try:
                for window in windows:
                    room.acquire()
                    loop.call_soon_threadsafe(queue.put_nowait, window)
            except (OSError, ValueError) as error:  # ValueError: closed meanwhile
                end = error
            loop.call_soon_threadsafe(queue.put_nowait, end)

    threading.Thread(target=read, name="lines", daemon=True).start()
    while (window := await queue.get()) is not None:
        if isinstance(window, BaseException):
            raise window
        room.release()
        yield window


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write that gets its name when all is written; until then, and after a crash, it is `<name>.part`.

    What is no regular file (`/dev/null`, a named pipe) is written as it is. Raises `ConfigurationError`.
    """
    special = path.exists() and not path.is_file()
    if not special:
        path = path.resolve()
    part = path if special else path.with_name(f"{path.name}.part")
    try:
        file = part.open("wb")
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be written: {error.strerror}") from error
    with file:
        yield file
        file.flush()
        if not special:
            os.fsync(file.fileno())
    if not special:
        part.replace(path)
