"""The files that a policy is read from: its own, and those in its folder that it includes or takes lists from."""

import os
from pathlib import Path, PurePosixPath

from moderation.policy.document import MAX_CHARACTERS

MAX_BYTES = 4 * MAX_CHARACTERS
MAX_FILES = 100

Stamp = tuple[int, int, int]
"""What tells one version of a file from another: inode, time of change in ns, size in bytes."""


class Unreadable(Exception):
    """A file that a policy cannot be read from. The message goes on after its name.

    `place` is path, line and column, from 0, where the content is at fault.
    """

    def __init__(self, message: str, hint: str | None = None, place: tuple[Path, int, int] | None = None) -> None:
        super().__init__(message)
        self.message, self.hint, self.place = message, hint, place


def stamp_of(path: Path) -> Stamp | None:
    """The stamp of a file; None while it cannot be read."""
    try:
        return _stamp(path.stat())
    except OSError:
        return None


def _stamp(status: os.stat_result) -> Stamp:
    return status.st_ino, status.st_mtime_ns, status.st_size


class Files:
    """Reads the files of one policy, which all lie in `folder` or below; None: a policy that is no file.

    `stamps` holds every file that was looked at, with the stamp it had before it was read.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self.stamps: dict[Path, Stamp | None] = {}

    def content(self, path: Path, most: int) -> bytes:
        """The bytes of a file, at most `most` of them and one more. Raises `Unreadable`."""
        if len(self.stamps) >= MAX_FILES:
            raise Unreadable(f"is one file too many: a policy may have {MAX_FILES}")
        self.stamps[path] = None
        try:
            with path.open("rb") as file:
                self.stamps[path] = _stamp(os.fstat(file.fileno()))
                return file.read(most + 1)
        except OSError as error:
            raise Unreadable(f"cannot be read: {error.strerror or error}") from None

    def read(self, path: Path) -> str:
        """The text of a file. Raises `Unreadable`."""
        content = self.content(path, MAX_BYTES)
        if len(content) > MAX_BYTES:
            raise Unreadable(f"a policy may have {MAX_CHARACTERS:,} characters, this has more", None, (path, 0, 0))
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            before = content[: error.start].decode("utf-8-sig")
            message, hint = f"not UTF-8: byte 0x{content[error.start]:02x}", "save the file as UTF-8"
            place = (path, before.count("\n"), len(before) - before.rfind("\n") - 1)
            raise Unreadable(message, hint, place) from None

    def locate(self, written: str, base: Path | None) -> Path:
        """The file that a name means in a file in folder `base`. Raises `Unreadable` when it may not be used."""
        if self._folder is None or base is None:
            raise Unreadable("cannot be read by a policy that is no file itself", "write its content into the policy")
        name = PurePosixPath(written)
        if "\\" in written or "\0" in written or name.is_absolute() or not name.parts:
            raise Unreadable("is no relative path", "such as lists/slurs.txt, from the folder of this file")
        path = base / name
        inside = os.path.normpath(path.absolute())
        folder = os.path.normpath(self._folder.absolute())
        try:
            real = path.resolve().is_relative_to(self._folder.resolve())
        except (OSError, RuntimeError):  # a circle of links
            real = False
        if not (real and Path(inside).is_relative_to(folder)):
            raise Unreadable("lies outside the policy's folder", "keep its files beside it or below")
        return self._folder / Path(inside).relative_to(folder)
