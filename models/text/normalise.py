"""The one preprocessing of text, the same in training and in serving.

It undoes what people do to hide a word from a filter, and leaves ordinary writing alone. The
original text stays with the post as evidence; only the models see the normalised one.
"""

import re
import unicodedata

from models.text.homoglyphs import fold_homoglyphs
from models.text.leetspeak import fold_leetspeak

USER_MASK = "@user"
URL_MASK = "http"

_PASSES = 6  # one step may reveal work for an earlier one ("h 4 t e"); two passes nearly always do


def _combining_class() -> str:
    """A regex class of every character with a combining class."""
    marks = [c for c in map(chr, range(0x300, 0x1E94B)) if unicodedata.combining(c)]
    return "[" + "".join(map(re.escape, marks)) + "]"


_CONTROLS = "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"
_INVISIBLE = re.compile(
    f"[{_CONTROLS}\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff"
    "\U0001d173-\U0001d17a\U000e0000-\U000e01ef]"
)
# CPython's normalisation sorts a run of marks by insertion: quadratic in the run's length.
_MARK_RUN = re.compile(f"({_combining_class()}{{4}}){_combining_class()}+")
# One character that NFKC makes eighteen; this is its usual abbreviation.
_SALUTATION = ("\ufdfa", "صلعم")
# Strokes and circles drawn over letters, and accents that no composed Latin letter has.
_OVERLAY = re.compile("[\u0334-\u0338\u0488\u0489\u20d0-\u20ff]|(?<=[A-Za-z\u00c0-\u024f])[\u0300-\u036f]+")
_BLANK = re.compile(r"[\s\u2800]+")

_URL = re.compile(
    r"(?:https?://|www\.)\S*"
    r"|(?<![\w.@-])(?:[\w-]+\.)+(?:com|net|org|info|biz|xyz|ru|top|online|shop|site|club|link|click"
    r"|gg|ly)(?![\w@-])(?!\.\w)(?:[/?]\S*)?",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"(?<![\w.+@-])[\w.+-]+@[\w-]+\.[\w.-]*\w")
_MENTION = re.compile(r"(?<![\w@])@\w+")

_LETTER = "[A-Za-z\u00c0-\u024f\u0370-\u052f]"
# Four letters when blanks part them: "u r a" is how people write.
_SPACED = re.compile(
    rf"(?<![^\W_])(?<!['’@])(?:{_LETTER}(?: {_LETTER}){{3,}}"
    rf"|{_LETTER}(?:([._*-]){_LETTER})(?:\1{_LETTER})+)(?![^\W_])(?!['’@])"
)
_NOT_LETTER = re.compile(r"[ ._*-]")
_REPEATED_AT_ALL = re.compile(r"(\S)\1{3}")  # a third of the time
_REPEATED = re.compile(r"([^\d\s])\1{3,}")


def normalise(text: str) -> str:
    """`text` as the models read it. Idempotent; linear in the length; never raises."""
    if text.isascii():  # all that most posts need; else each of them would take a second whole pass
        text = _single_blanks(_SPACED.sub(_joined, text))
    for _ in range(_PASSES):
        folded = _pass(text)
        if folded == text:
            break
        text = folded
    return text


def _pass(text: str) -> str:
    if not text.isascii():
        text = _MARK_RUN.sub(r"\1", _INVISIBLE.sub("", text)).replace(*_SALUTATION)
        text = _OVERLAY.sub("", unicodedata.normalize("NFKC", text))
    elif not text.isprintable():
        text = _INVISIBLE.sub("", text)
    text = _SPACED.sub(_joined, text)
    text = _single_blanks(text)
    if "." in text or "://" in text:
        text = _URL.sub(URL_MASK, text)
        if "@" in text:
            text = _EMAIL.sub(USER_MASK, text)
    if not text.isascii():
        text = fold_homoglyphs(text)
    text = fold_leetspeak(text)
    if "@" in text:
        text = _MENTION.sub(USER_MASK, text)
    return _REPEATED.sub(r"\1\1\1", text) if _REPEATED_AT_ALL.search(text) else text


def _single_blanks(text: str) -> str:
    if text.isascii():
        return " ".join(text.split())
    return _BLANK.sub(" ", text).strip()


def _joined(match: re.Match[str]) -> str:
    return _NOT_LETTER.sub("", match[0])
