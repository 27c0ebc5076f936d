"""One bank: `<name>.yaml` says what it is for, `<name>.tsv` beside it holds the hashes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.image.banks import head as heads
from models.image.banks.entry import COLUMNS, HEADER, Entry, read
from models.image.banks.hashing import BYTES, Digests
from models.image.banks.head import Head
from moderation.errors import BankError
from moderation.policy.files import Stamp, stamp_of

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
Stamps = tuple[Stamp | None, Stamp | None]
"""Of both files."""


@dataclass(frozen=True, eq=False)
class Bank:
    """`content` is what its `.tsv` holds; `lines` says where each entry begins in it, `digests` has shape (n, 32).

    Entries are kept as the bytes of the file and read when they are asked for: a million take 100 MB or so.
    """

    name: str
    head: Head
    content: bytes
    lines: npt.NDArray[np.int64]
    digests: Digests
    stamps: Stamps = field(default=(None, None))

    def __len__(self) -> int:
        return len(self.lines)

    def entry(self, number: int) -> Entry:
        """One entry, in the order of the file from 0."""
        start = int(self.lines[number])
        end = self.content.find(b"\n", start)
        return read(self.content[start : end if end >= 0 else None].decode())

    def entries(self) -> Iterator[Entry]:
        """All, in the order of the file."""
        return map(self.entry, range(len(self)))

    def hashes(self) -> set[bytes]:
        """All hashes, 32 bytes each."""
        return {digest.tobytes() for digest in self.digests}


def head_file(folder: Path, name: str) -> Path:
    """The file that says what the bank is for."""
    return folder / f"{name}.yaml"


def entries_file(folder: Path, name: str) -> Path:
    """The file with the bank's hashes."""
    return folder / f"{name}.tsv"


def stamps_of(folder: Path, name: str) -> Stamps:
    """What tells this version of the bank from another."""
    return stamp_of(head_file(folder, name)), stamp_of(entries_file(folder, name))


def load(folder: Path, name: str) -> Bank:
    """Read a bank. Raises `BankError` with file and line."""
    stamps = stamps_of(folder, name)  # before reading: what changes meanwhile is found changed
    if NAME.fullmatch(name) is None:
        path = head_file(folder, name)
        raise BankError(f"{path}: a bank's name has small letters, digits, '-' and '_', and at most 64 of them")
    head = heads.read(head_file(folder, name))
    path = entries_file(folder, name)
    try:
        content = path.read_bytes() if path.exists() else f"{HEADER}\n".encode()
    except OSError as error:
        raise BankError(f"{path}: cannot be read: {error.strerror or error}") from None
    return _bank(name, head, content, path, stamps)


def _bank(name: str, head: Head, content: bytes, path: Path, stamps: Stamps) -> Bank:
    content = content.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")  # what spreadsheets write
    try:
        content.decode()
    except UnicodeDecodeError as error:
        number = content.count(b"\n", 0, error.start) + 1
        raise BankError(f"{path}:{number}: not UTF-8") from None
    first, _, rest = content.partition(b"\n")
    if first != HEADER.encode():
        raise BankError(f"{path}:1: should be the names of the columns, tabs between: {', '.join(COLUMNS)}")
    starts, hashes, place, moments = [], [], len(first) + 1, set[bytes]()
    for number, line in enumerate(rest.split(b"\n"), 2):
        if line:
            cells = line.split(b"\t")
            if not _is_usual(cells) or cells[2] not in moments:
                _check(line, path, number)
                moments.add(cells[2])
            starts.append(place)
            hashes.append(cells[0])
        place += len(line) + 1
    digests = np.frombuffer(_bytes(hashes, path, content), np.uint8).reshape(-1, BYTES)
    return Bank(name, head, content, np.array(starts, np.int64), digests, stamps)


def _is_usual(cells: list[bytes]) -> bool:
    """What almost every line is; all else is looked at closely, which takes ten times as long."""
    return (
        len(cells) == len(COLUMNS)
        and len(cells[0]) == 2 * BYTES
        and b"!" <= cells[1][:1] <= b"~"
        and b"!" <= cells[3][:1] <= b"~"
    )


def _check(line: bytes, path: Path, number: int) -> None:
    try:
        read(line.decode())
    except ValueError as error:
        raise BankError(f"{path}:{number}: {error}") from None


def _bytes(hashes: list[bytes], path: Path, content: bytes) -> bytes:
    try:
        digests = bytes.fromhex(b"".join(hashes).decode())
    except ValueError:
        digests = b""
    if len(digests) != BYTES * len(hashes):  # `fromhex` takes blanks, too
        for number, line in enumerate(content.split(b"\n")[1:], 2):
            if line:
                _check(line, path, number)
    return digests
