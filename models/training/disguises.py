"""Ways in which people hide words from filters, applied to training texts.

What `normalise` undoes comes back as it was; what it cannot undo (starred vowels, doubled and dropped
letters) is what the model learns to read.
"""

import random
import re
from collections.abc import Callable

_LEET = str.maketrans("aeiostAEIOST", "@310$7@310$7")
_LOOKALIKE = str.maketrans("aceopxyi", "асеорхуі")
_VOWEL = re.compile("[aeiouAEIOU]")
_ZERO_WIDTH = "\u200b"


def _leet(word: str, chance: random.Random) -> str:
    at = chance.randrange(len(word))
    return word[:at] + word[at:].translate(_LEET)


def _lookalike(word: str, _: random.Random) -> str:
    return word.translate(_LOOKALIKE)


def _starred(word: str, chance: random.Random) -> str:
    return word[0] + _VOWEL.sub(chance.choice("*#-"), word[1:], count=chance.choice((0, 1)))


def _spaced(word: str, chance: random.Random) -> str:
    return chance.choice((" ", ".", "-", "_")).join(word)


def _stretched(word: str, chance: random.Random) -> str:
    at = chance.randrange(len(word))
    return word[:at] + word[at] * chance.randint(2, 5) + word[at + 1 :]


def _dropped(word: str, chance: random.Random) -> str:
    at = chance.randrange(1, len(word))
    return word[:at] + word[at + 1 :]


def _swapped(word: str, chance: random.Random) -> str:
    at = chance.randrange(1, len(word) - 1)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _zero_width(word: str, _: random.Random) -> str:
    return _ZERO_WIDTH.join(word)


_DISGUISES: tuple[Callable[[str, random.Random], str], ...] = (
    _leet,
    _lookalike,
    _starred,
    _spaced,
    _stretched,
    _dropped,
    _swapped,
    _zero_width,
)


def disguised(text: str, chance: random.Random) -> str:
    """`text` with one disguise put over about a third of its words of four letters and more."""
    disguise = chance.choice(_DISGUISES)
    words = text.split(" ")
    return " ".join(
        disguise(word, chance) if len(word) >= 4 and word.isalpha() and chance.random() < 0.35 else word
        for word in words
    )
