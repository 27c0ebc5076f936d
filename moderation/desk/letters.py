"""Dead letters as pages show them: bytes of strangers, in which nothing acts and everything hidden is seen."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from moderation.client.letters import DeadLetters, Letter, Place
from moderation.desk.showing.characters import Piece, pieces
from moderation.errors import ReviewError

SHOWN_BYTES = 8_000
"""How much of a value is shown."""

LOOKED_AT = 5_000
"""Letters that one search looks at; a person asks for more."""

_AT_ONCE = 250  # with what was found before still few enough to be sent back at once
_PLACE = re.compile(r"(\d{1,9}):(\d{1,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which letters are looked for; nothing given: all. `error` may end early; `waiting`: not sent back yet."""

    stage: str = ""
    error: str = ""
    since: datetime | None = None
    until: datetime | None = None
    waiting: bool = False

    def fits(self, letter: Letter) -> bool:
        """Whether a letter is one of them."""
        return (
            self.stage in ("", letter.why.stage)
            and letter.why.error.startswith(self.error)
            and (self.since is None or written_at(letter) >= self.since)
            and (self.until is None or written_at(letter) < self.until)
            and not (self.waiting and letter.replayed)
        )


@dataclass(frozen=True, slots=True)
class Found:
    """Letters that fit, the newest first, of `looked` that were looked at and `total` that there are.

    `before` is where the next search goes on, None at the end.
    """

    letters: list[Letter]
    before: dict[int, int] | None
    looked: int
    total: int


@dataclass(frozen=True, slots=True)
class Shown:
    """Bytes to look at; `more` is how many were left out."""

    pieces: list[Piece]
    size: int
    more: int


def search(letters: DeadLetters, wanted: Wanted, size: int, before: dict[int, int] | None) -> Found:
    """At least `size` letters that fit, unless `LOOKED_AT` were looked at before, or there are no more."""
    every = wanted == Wanted()
    found: list[Letter] = []
    looked = 0
    while True:
        page = letters.newest(size if every else _AT_ONCE, before)
        looked += len(page.letters)
        found += filter(wanted.fits, page.letters)
        before = page.before
        over = bool(wanted.since and page.letters and written_at(page.letters[-1]) < wanted.since)
        if before is None or over or len(found) >= size or looked >= LOOKED_AT:
            return Found(found, None if over else before, looked, page.total)


def written_at(letter: Letter) -> datetime:
    """When it became a dead letter."""
    return datetime.fromtimestamp(letter.record.timestamp, UTC)


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
