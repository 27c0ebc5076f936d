"""Digits and symbols that stand for letters, folded inside words only."""

import re

_LETTER_OF = str.maketrans("013457@$", "oieastas")
# Cheap test before the work: a substitute touching a letter, or an exclamation mark inside a word.
_MAY_HOLD_LEET = re.compile(r"[A-Za-z][013457@$!]|[@$45](?:[sS]|[rhlRHL])")
_WORD = re.compile(r"[\w@$]+")
# One substitute (repeated at most) between letters; before a last "s" it is a plural: "mp3s".
_INSIDE = re.compile(r"(?<=[A-Za-z])([013457@$])\1*(?=[A-Za-z])(?![sS]$)")
_DIGIT = re.compile(r"[0-9]")
_LETTERS = re.compile(r"[A-Za-z]")
# A substitute at the edge of a word is nearly always something else (@name, $price, 4 you), so
# only these are read as words.
_EDGE = re.compile(
    r"(?<![\w@$])"
    r"(?:[@4](?=ss(?:es|holes?|hats?|wipes?|clowns?|face)?(?!\w)|rse(?:holes?)?(?!\w)|nal(?!\w))"
    r"|[$5](?=h[i1!]t|luts?(?!\w)|ex(?:y)?(?!\w)))",
    re.IGNORECASE,
)
# "sh!t", but not "wow!that": the letters before the mark hold no vowel and begin the word.
_EXCLAIMED = re.compile(r"(?<!\w)((?:bull)?[bcdfghjklmnpqrstvwxz]{1,3})!(?=[a-z])", re.IGNORECASE)
_SHORT = frozenset({"s3x", "f4g", "f@g", "g4y", "g@y", "d1e", "j3w", "a$s", "@$s"})
_LONGEST_WORD = 24  # longer runs are identifiers, hashes and tokens


def fold_leetspeak(text: str) -> str:
    """`text` with "h4te", "b!tch" and "@ss" spelled in letters; "mp3", "2nd" and "$5" stay."""
    if not _MAY_HOLD_LEET.search(text):
        return text
    text = _EDGE.sub(lambda match: match[0].translate(_LETTER_OF), text)
    text = _EXCLAIMED.sub(r"\1i", text)
    return _WORD.sub(_folded_word, text)


def _folded_word(match: re.Match[str]) -> str:
    word = match[0]
    if word.isalpha() or len(word) > _LONGEST_WORD or word.startswith("@"):
        return word
    if len(_LETTERS.findall(word)) < 3 and word.lower() not in _SHORT:
        return _with_last_dollars(word)
    folded = _INSIDE.sub(lambda inside: inside[0].translate(_LETTER_OF), word)
    # A digit left over ("covid19", "m4a1") means that the word is a name or a model number.
    return word if _DIGIT.search(folded) else _with_last_dollars(folded)


def _with_last_dollars(word: str) -> str:
    """`word` with a closing "$$" ("a$$"), or "$" after three letters ("hoe$"), as "s"."""
    stem = word.rstrip("$")
    dollars = len(word) - len(stem)
    if not dollars or not stem.isalpha() or (dollars == 1 and len(stem) < 3):
        return word
    return stem + "s" * dollars
