"""Words: how they are compared, where they end, and how they are hidden."""

import re
import unicodedata

FILLER = 40
"""Characters. Words that are longer are keys, hashes and filler, and hide nothing."""
TRIPLES = tuple(3 * letter for letter in "abcdefghijklmnopqrstuvwxyzабвгдежзийклмнопрстуфхцчшщъыьэюя")
"""What shows that a word is stretched: "fuuuck". Normalised texts have no longer runs."""
SPACELESS = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
"""Letters of scripts that put no blank between words: Thai, Lao, Burmese, Khmer, kana, Chinese characters."""

_RUN = re.compile(r"(.)\1*")
_MASKED = re.compile(r"[^\W_]+(?:[*#]+[^\W_]+)+")


def fold(text: str) -> str:
    """`text` in small letters, `_` and `-` as blanks. As long as before, so that offsets stay."""
    if not text.isascii():
        # "İ" is the one letter whose small form is two characters.
        text = text.replace("İ", "i").replace("’", "'")
    return text.lower().replace("_", " ").replace("-", " ")


def in_word(character: str) -> bool:
    """Whether it is part of a word that ends in blanks: a letter, a digit, or a mark such as an Indic vowel."""
    if character.isascii():
        return character.isalnum()
    return (character.isalnum() or unicodedata.category(character)[0] == "M") and not SPACELESS.match(character)


def masked(folded: str) -> list[re.Match[str]]:
    """The words with stars in them: "f*ck"."""
    return list(_MASKED.finditer(folded)) if "*" in folded or "#" in folded else []


def word_around(folded: str, at: int) -> tuple[int, int]:
    """Where the word at this place begins and ends, to within `FILLER` characters on both sides."""
    start = end = at
    while start > max(0, at - FILLER) and in_word(folded[start - 1]):
        start -= 1
    while end < min(len(folded), at + FILLER) and in_word(folded[end]):
        end += 1
    return start, end


def squeezed(word: str) -> str:
    """Every run of a letter as one."""
    return _RUN.sub(r"\1", word)


def stretches(word: str, form: str) -> bool:
    """Whether `word` is `form` with some runs of letters longer. Both are equal when squeezed."""
    runs = zip(_RUN.finditer(word), _RUN.finditer(form), strict=True)
    return all(len(longer[0]) >= len(shorter[0]) for longer, shorter in runs)


def masks(word: str, form: str) -> bool:
    """Whether `word` is `form` with `*` or `#` for some of its letters, at most half of them."""
    hidden = word.count("*") + word.count("#")
    return 2 * hidden <= len(form) == len(word) and all(a in ("*", "#", b) for a, b in zip(word, form, strict=True))
