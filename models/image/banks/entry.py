"""One hash of a bank: who put it there, when and why. One line of the bank's `.tsv` file."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime

from models.image.banks.hashing import is_hash

COLUMNS = ("hash", "by", "on", "why", "source")
HEADER = "\t".join(COLUMNS)
_LONGEST = 1_000


@dataclass(frozen=True, slots=True)
class Entry:
    """`on` is a moment with its time zone; `source` is where the hash came from, '' where nobody said."""

    hash: str
    by: str
    on: datetime
    why: str
    source: str = ""

    def line(self) -> str:
        """As it stands in the file, without the end of the line."""
        moment = self.on.isoformat(timespec="seconds").replace("+00:00", "Z")
        return "\t".join((self.hash, self.by, moment, self.why, self.source))


def read(line: str) -> Entry:
    """The entry of a line. Raises `ValueError` with what is wrong, where, and what should stand there."""
    if "\n" in line:
        raise ValueError("a line break inside a column")
    cells = line.split("\t")
    if len(cells) != len(COLUMNS):
        raise ValueError(
            f"{len(cells)} columns where there should be {len(COLUMNS)}, tabs between: {', '.join(COLUMNS)}"
        )
    hash_, by, on, why, source = cells
    if not is_hash(hash_):
        raise ValueError(f"{hash_[:80]!r} is no PDQ hash: it has 64 hexadecimal digits")
    if not by.strip():
        raise ValueError("nobody stands in column 'by': say who added it")
    if not why.strip():
        raise ValueError("nothing stands in column 'why': say why it was added")
    try:
        moment = datetime.fromisoformat(on)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ValueError(f"{on[:80]!r} is no time with its zone, such as 2026-11-21T10:00:00Z")
    return Entry(hash_.lower(), by, moment, why, source)


def one_line(text: str) -> str:
    """Words of people and other programs as they may stand in a column: in one line, without control characters."""
    plain = "".join(character if unicodedata.category(character)[0] != "C" else " " for character in text)
    return " ".join(plain.split())[:_LONGEST]
