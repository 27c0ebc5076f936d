"""Emoji in words, for a vocabulary that has none: "👍" is read as "thumbs up".

A model whose vocabulary lacks emoji sees one unknown token for all of them, the heart and the middle finger alike.
The names are those of Unicode's CLDR in English, from the `emoji` package; skin tones are left out, so that a
thumb says the same whatever its colour.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass

import emoji

# Nearly every text has none of these, and is not looked at further.
_PERHAPS = re.compile("[\u203c-\u3299\U0001f000-\U0001faff]")
_SKIN_TONE = re.compile("_(medium-)?(light|dark|medium)_skin_tone")


@dataclass(frozen=True, slots=True)
class Spelled:
    """A text with its emoji in words. `original` gives the place in the text that a place here comes from."""

    text: str
    starts: tuple[int, ...] = ()
    origins: tuple[int, ...] = ()

    def original(self, place: int) -> int:
        """The character offset in the text as it was; within a name it is the emoji's own."""
        if not self.starts:
            return place
        piece = bisect_right(self.starts, place) - 1
        start, origin = self.starts[piece], self.origins[piece]
        following = self.origins[piece + 1] if piece + 1 < len(self.origins) else None
        moved = origin + place - start
        return moved if following is None else min(moved, following)


def spelled(text: str) -> Spelled:
    """`text` with every emoji replaced by its name between blanks."""
    found = emoji.emoji_list(text) if _PERHAPS.search(text) else []
    if not found:
        return Spelled(text)
    pieces, starts, origins, length, at = [], [], [], 0, 0
    for one in found:
        start, end = one["match_start"], one["match_end"]
        for piece, origin in ((text[at:start], at), (f" {_name(one['emoji'])} ", start)):
            starts.append(length)
            origins.append(origin)
            pieces.append(piece)
            length += len(piece)
        at = end
    starts.append(length)
    origins.append(at)
    pieces.append(text[at:])
    return Spelled("".join(pieces), tuple(starts), tuple(origins))


def _name(character: str) -> str:
    name: str = emoji.EMOJI_DATA[character]["en"]
    return _SKIN_TONE.sub("", name).strip(":").replace("_", " ")
