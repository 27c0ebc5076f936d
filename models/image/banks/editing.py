"""Changes to the banks of a folder: one process at a time, each file replaced whole."""

import fcntl
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from models.image.banks import bank as files
from models.image.banks.bank import NAME, Bank
from models.image.banks.entry import HEADER, Entry, read
from models.image.banks.head import Head
from moderation.errors import BankError
from moderation.lines import whole_file

_LOCK = ".lock"


@dataclass(frozen=True, slots=True)
class Added:
    """`known` are hashes that the bank had already, or that were given twice."""

    added: tuple[Entry, ...]
    known: tuple[Entry, ...]


def create(folder: Path, name: str, head: Head) -> Path:
    """Make a bank without hashes. Raises `BankError` where there is one of the name."""
    path = files.head_file(folder, name)
    if NAME.fullmatch(name) is None:
        raise BankError(f"{name!r}: a bank's name has small letters, digits, '-' and '_', and at most 64 of them")
    with _alone(folder):
        if path.exists():
            raise BankError(f"{path}: there is this bank already")
        # First the one that is nothing by itself: a bank whose making was broken off must not have another's hashes.
        _write(files.entries_file(folder, name), [HEADER])
        content = head.model_dump(mode="json", exclude_defaults=True) | {"distance": head.distance}
        text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=110)
        _write(path, text.splitlines())
    return path


def add(folder: Path, name: str, entries: Iterable[Entry]) -> Added:
    """Put entries at the end of a bank, those whose hash it has not got.

    Raises `BankError`, and `ValueError` for an entry that could not be read again.
    """
    added: list[Entry] = []
    known: list[Entry] = []
    with _alone(folder):
        bank = files.load(folder, name)
        hashes = bank.hashes()
        for entry in entries:
            read(entry.line())
            digest = bytes.fromhex(entry.hash)
            (known if digest in hashes else added).append(entry)
            hashes.add(digest)
        if added:
            _write(files.entries_file(folder, name), [*_lines(bank), *(entry.line() for entry in added)])
    return Added(tuple(added), tuple(known))


def remove(folder: Path, name: str, hashes: Collection[str]) -> tuple[Entry, ...]:
    """Take out the entries that have these hashes; those that were there. Raises `BankError`."""
    digests = {bytes.fromhex(each) for each in hashes}
    with _alone(folder):
        bank = files.load(folder, name)
        removed = [number for number, digest in enumerate(bank.digests) if digest.tobytes() in digests]
        if removed:
            lines = _lines(bank)
            gone = {lines[1 + number] for number in removed}
            _write(files.entries_file(folder, name), [line for line in lines if line not in gone])
    return tuple(bank.entry(number) for number in removed)


def _lines(bank: Bank) -> list[str]:
    """Of the file, the names of the columns first; no empty ones."""
    return [line for line in bank.content.decode().split("\n") if line]


def _write(path: Path, lines: Iterable[str]) -> None:
    with whole_file(path) as file:
        file.write("".join(f"{line}\n" for line in lines).encode())


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """While no other process changes banks of the folder. The system lets go of the lock of one that dies."""
    try:
        lock = (folder / _LOCK).open("w", encoding="ascii")
    except OSError as error:
        raise BankError(f"{folder}: banks cannot be changed here: {error.strerror or error}") from None
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
