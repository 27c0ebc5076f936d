"""What a word is, for looking it up."""

import re
import sys
import unicodedata
from collections.abc import Iterator

TOO_LONG = 40
"""Characters. Longer words are looked up as they are, and under no disguise: keys, hashes, filler."""


def _marks() -> str:
    """A regex class of the marks that Python does not count as parts of words: Indic and Thai vowels, and others."""
    found = [code for code in range(0x300, sys.maxunicode) if unicodedata.category(chr(code)) in ("Mn", "Mc")]
    ends = [code for code in found if code + 1 not in set(found)]
    starts = [code for code in found if code - 1 not in set(found)]
    return "".join(f"{chr(start)}-{chr(end)}" for start, end in zip(starts, ends, strict=True))


_MARKS = _marks()
WORD = re.compile(rf"[\w{_MARKS}]+")
SPACELESS = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
"""Letters of scripts that put no blank between words: Thai, Lao, Burmese, Khmer, kana, Chinese characters."""

_HIDDEN = re.compile(r"([^\W\d_])\1\1|\w[*#]+\w")
_STARRED = re.compile(rf"[\w{_MARKS}]+(?:[*#]+[\w{_MARKS}]+)*")
_RUN = re.compile(r"(.)\1*")


def fold(text: str) -> str:
    """`text` in small letters, `_` as a blank. As long as before, so that offsets stay."""
    if text.isascii():
        return text.lower().replace("_", " ")
    # The one letter whose small form is two characters.
    return text.replace("İ", "i").lower().replace("_", " ")


def may_hide(folded: str) -> bool:
    """Whether a word may be stretched ("fuuuck") or starred ("f*ck")."""
    return _HIDDEN.search(folded) is not None


def tokens(folded: str) -> Iterator[re.Match[str]]:
    """Words, and words with stars in them as one."""
    return _STARRED.finditer(folded)


def squeezed(word: str) -> str:
    """Every run of a letter as one."""
    return _RUN.sub(r"\1", word)


def stretches(word: str, form: str) -> bool:
    """Whether `word` is `form` with some runs of letters longer. Both must be equal when squeezed."""
    runs = zip(_RUN.finditer(word), _RUN.finditer(form), strict=True)
    return all(len(longer[0]) >= len(shorter[0]) for longer, shorter in runs)


def masks(word: str, form: str) -> bool:
    """Whether `word` is `form` with `*` or `#` for some of its letters, at most half of them."""
    hidden = word.count("*") + word.count("#")
    return 2 * hidden <= len(form) == len(word) and all(a in ("*", "#", b) for a, b in zip(word, form, strict=True))
