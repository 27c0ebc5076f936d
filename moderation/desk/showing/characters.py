"""Text of strangers so that what it hides is seen: invisible characters and those that turn the direction of writing.

What the writing of a language needs stays as it is: joiners in Arabic and Indic scripts, and those inside emoji.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_BLANKS = frozenset("\t\n")
_LOOKS_EMPTY = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
_JOINERS = frozenset("\u200c\u200d")
_EMOJI_STYLE = "\ufe0f"
_MOST_MARKS = 4
"""On one letter: Vietnamese and Hebrew with all its points need three. "Zalgo" text has dozens, over the next lines."""

_EMPTY_LINES = re.compile(r"(?:\A|\n)((?:[ \t]*\n){4,})")
"""Below so many of them a post looks harmless, and as if it ended there."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text, `start` characters from its beginning. `hidden` names what cannot be seen, in its place."""

    start: int
    text: str
    hidden: str | None = None


def pieces(text: str) -> Iterator[Piece]:
    """The whole text in order: what can be seen in long pieces, what cannot in pieces of its own."""
    empty = {found.start(1): found.end(1) - 1 for found in _EMPTY_LINES.finditer(text)}
    begun = 0
    place = 0
    while place < len(text):
        end = _end_of_marks(text, place)
        hidden = None
        if place in empty:
            end = empty[place]
            hidden = f"{text.count(chr(10), place, end) + 1} empty lines"
        elif end - place > _MOST_MARKS:
            hidden = f"{end - place} marks"
        elif is_hidden(text, place):
            end, hidden = place + 1, _named(text[place])
        if hidden is not None:
            if begun < place:
                yield Piece(begun, text[begun:place])
            yield Piece(place, text[place:end], hidden)
            begun = end
        place = max(end, place + 1)
    if begun < len(text):
        yield Piece(begun, text[begun:])


def is_hidden(text: str, place: int) -> bool:
    """Whether the character at a place has no look of its own, or changes that of others, and is not needed there."""
    character = text[place]
    if character in _BLANKS:
        return False
    if character in _JOINERS:
        return not (place and _joins(text[place - 1]))
    if character in _LOOKS_EMPTY or "\ufe00" <= character < _EMOJI_STYLE:
        return True
    if character == _EMOJI_STYLE:
        return not (place and unicodedata.category(text[place - 1])[0] in "SPN")
    return unicodedata.category(character) in _CATEGORIES


def line(text: str) -> str:
    """The same in one line, for titles and names: what is hidden stands as `<U+202E>`."""
    shown = (
        piece.text if piece.hidden is None or not piece.text.strip(" \t\n") else f"<{piece.hidden.split()[0]}>"
        for piece in pieces(text)
    )
    return " ".join("".join(shown).split())


def _joins(before: str) -> bool:
    """Whether a joiner after this character is a matter of spelling: an emoji, a letter of a joining script."""
    if before == _EMOJI_STYLE or unicodedata.category(before) in ("So", "Sk"):
        return True
    return "\u0600" <= before < "\u1100" and unicodedata.category(before)[0] in "LM"


def _end_of_marks(text: str, place: int) -> int:
    """Where the run of combining marks that begins here ends; `place` where there is none."""
    end = place
    while end < len(text) and unicodedata.combining(text[end]):
        end += 1
    return end


def _named(character: str) -> str:
    name = unicodedata.name(character, "") or {"Cc": "control character", "Cs": "half a character"}.get(
        unicodedata.category(character), "no character"
    )
    return f"U+{ord(character):04X} {name.lower()}"
