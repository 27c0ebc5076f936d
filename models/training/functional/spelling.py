"""Spelling variants, the same each time: what writers do to get past a filter, or by mistake."""

import re
from collections.abc import Callable

_MARKED = re.compile("<<(.+?)>>")
_LEET = str.maketrans("aeios", "43105")


def disguised(text: str, spelling: str) -> str:
    """`text` with each `<<part>>` respelled. `spelling` is a name of `SPELLINGS`."""
    return _MARKED.sub(lambda match: SPELLINGS[spelling](match[1]), text)


def _by_word(change: Callable[[str], str]) -> Callable[[str], str]:
    return lambda part: " ".join(map(change, part.split(" ")))


def _swapped(word: str) -> str:
    """Two letters inside the word, or its end when they are alike, change places."""
    if len(word) < 4:
        return word
    at = len(word) // 2 if len(word) > 4 else 1
    if word[at] == word[at + 1]:
        at -= 1
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _masked(word: str) -> str:
    """The first vowel after the first letter is an asterisk."""
    return word[0] + re.sub("[aeiou]", "*", word[1:], count=1)


SPELLINGS: dict[str, Callable[[str], str]] = {
    "swapped": _by_word(_swapped),
    "masked": _by_word(_masked),
    "leet": lambda part: part.translate(_LEET),
    "spaced": " ".join,
    "joined": lambda part: part.replace(" ", ""),
}
