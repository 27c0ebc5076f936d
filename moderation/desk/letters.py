"""Dead letters as pages show them: bytes of strangers, in which nothing acts and everything hidden is seen."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from moderation.client.letters import Letter, Place
from moderation.desk.showing.characters import Piece, pieces
from moderation.errors import ReviewError

SHOWN_BYTES = 8_000
"""How much of a value is shown."""

_PLACE = re.compile(r"(\d{1,9}):(\d{1,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Shown:
    """Bytes to look at; `more` is how many were left out."""

    pieces: list[Piece]
    size: int
    more: int


def shown(value: bytes | None) -> Shown | None:
    r"""UTF-8 as text, other bytes as `\xff`; None where there is no value."""
    if value is None:
        return None
    cut = value[:SHOWN_BYTES]
    return Shown(list(_pieces(cut)), len(value), len(value) - len(cut))


def name(letter: Letter) -> str:
    """`PARTITION:OFFSET`, as the command line names it."""
    return f"{letter.record.partition}:{letter.record.offset}"


def place(text: str) -> Place:
    """Reads what `name` writes. Raises `ReviewError`."""
    match = _PLACE.fullmatch(text)
    if match is None:
        raise ReviewError(f"{text[:40]!r} is no dead letter: they are named PARTITION:OFFSET")
    return int(match[1]), int(match[2])


def written(before: dict[int, int] | None) -> str | None:
    """Where older letters begin, for an address."""
    return None if before is None else ",".join(f"{partition}:{offset}" for partition, offset in sorted(before.items()))


def read(text: str | None) -> dict[int, int] | None:
    """Reads what `written` writes. Raises `ReviewError`."""
    return None if text is None else dict(place(part) for part in text.split(","))


def _pieces(value: bytes) -> Iterator[Piece]:
    at = 0
    for part in re.split(r"([\udc80-\udcff]+)", value.decode(errors="surrogateescape")):
        if part and "\udc80" <= part[0] <= "\udcff":
            told = "".join(f"\\x{ord(character) - 0xDC00:02x}" for character in part)
            yield Piece(at, part, told)
        else:
            yield from (Piece(at + own.start, own.text, own.hidden) for own in pieces(part))
        at += len(part)
