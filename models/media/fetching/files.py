"""Files under one allowed folder. A link may lead anywhere inside it, and nowhere else."""

import asyncio
import errno
import os
import stat
from pathlib import Path
from urllib.parse import unquote, urlsplit

from models.media.fetching.references import shown
from moderation.errors import MediaError, MediaMissing, MediaRefused, MediaTooLarge, MediaUnavailable

_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK  # a pipe must not hold us up


class Files:
    """Reads files under `root`, in threads."""

    def __init__(self, root: Path, timeout_s: float) -> None:
        self._root = root
        self._timeout_s = timeout_s

    async def get(self, reference: str, most: int) -> bytes:
        """The content, at most `most` bytes. Raises `MediaError`."""
        path = path_of(reference, self._root)
        try:
            async with asyncio.timeout(self._timeout_s):  # network file systems can hang
                return await asyncio.to_thread(read, path, self._root, most)
        except TimeoutError:
            raise MediaUnavailable(f"{shown(path.name)}: took longer than {self._timeout_s:g} s", "timeout") from None


def path_of(reference: str, root: Path) -> Path:
    """The path that `file:///path` or `file:path`, relative to the root, names. Raises `MediaRefused`."""
    try:
        parts = urlsplit(reference)
        path = unquote(parts.path, errors="strict")
    except ValueError:
        raise MediaRefused(f"{shown(reference)}: not a path", "bad reference") from None
    if parts.netloc not in ("", "localhost"):
        raise MediaRefused(f"{shown(reference)}: names the host {parts.netloc}; files are read here", "bad reference")
    if not path or "\0" in path:
        raise MediaRefused(f"{shown(reference)}: not a path", "bad reference")
    return root / path


def read(path: Path, root: Path, most: int) -> bytes:
    """The content of a regular file under the root, at most `most` bytes. Raises `MediaError`.

    The path is resolved first, and then opened folder by folder without following links: who exchanges a folder
    for a link in between gets a refusal, not a file from elsewhere.
    """
    try:
        inside = root.resolve(strict=True)
        steps = path.resolve(strict=True).relative_to(inside).parts
        return _content(_opened(inside, steps), path, most)
    except ValueError:
        raise MediaRefused(f"{shown(path.name)}: not under MODERATION_MEDIA_ROOT", "forbidden path") from None
    except OSError as error:
        raise _media_error(error, path) from None
    except RuntimeError:  # pathlib's word for links that go round, before Python 3.13
        raise MediaRefused(f"{shown(path.name)}: its links go round", "forbidden path") from None


def _opened(folder: Path, steps: tuple[str, ...]) -> int:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    for step in steps:
        try:
            # A device may act when it is opened, so it is looked at before.
            mode = os.stat(step, dir_fd=descriptor, follow_symlinks=False).st_mode
            if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                raise PermissionError("not a regular file")
            inner = os.open(step, _FLAGS, dir_fd=descriptor)
        finally:
            os.close(descriptor)
        descriptor = inner
    return descriptor


def _content(descriptor: int, path: Path, most: int) -> bytes:
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise MediaRefused(f"{shown(path.name)}: not a regular file", "forbidden path")
        with open(descriptor, "rb", closefd=False) as file:
            content = file.read(most + 1)
    finally:
        os.close(descriptor)
    if len(content) > most:
        raise MediaTooLarge(f"{shown(path.name)}: larger than {most:,} bytes")
    return content


def _media_error(error: OSError, path: Path) -> MediaError:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return MediaMissing(f"{shown(path.name)}: no such file", "not found")
    what = f"{shown(path.name)}: {error.strerror or error}"
    if isinstance(error, PermissionError) or error.errno in (errno.ELOOP, errno.ENAMETOOLONG):
        return MediaRefused(what, "forbidden path")
    return MediaUnavailable(what, "unreachable")
