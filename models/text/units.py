"""The parts of a text that a reader would point at: words, with what keeps them apart left outside."""

import re

Span = tuple[int, int]
"""Character offsets, end exclusive."""

_LONGEST = 40  # characters; a longer run of them is pointed at in pieces
# Scripts that are written without blanks: Chinese and Japanese characters stand for themselves.
_OWN = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
_BLANK = r"\s\u2800"  # as in `normalise`
_UNIT = re.compile(f"[{_OWN}]|[^{_BLANK}{_OWN}]{{1,{_LONGEST}}}")
_UNSEEN = "\xad" + "".join(map(chr, (*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF)))
_EDGES = _UNSEEN + ".,;:?!\"'()[]{}<>…«»“”‘’„、。！？，：；「」"
_FEWEST_LETTERS = 4  # of a word spelled with blanks, "i d i o t"; `normalise` joins as many


def units(text: str) -> list[Span]:
    """The words of `text` in order, without the punctuation around them; punctuation alone is a word of its own.

    A word spelled letter by letter is one; what cannot be seen is none. Linear in the length; no span is empty.
    """
    found = [_trimmed(text, *match.span()) for match in _UNIT.finditer(text) if match[0].strip(_UNSEEN)]
    joined: list[Span] = []
    letters: list[Span] = []
    for span in [*found, (len(text), len(text))]:
        if span[1] - span[0] == 1 and text[span[0]].isalpha() and not re.match(f"[{_OWN}]", text[span[0]]):
            if letters and text[letters[-1][1] : span[0]] != " ":
                joined += _one_word(letters)
                letters = []
            letters.append(span)
            continue
        joined += _one_word(letters)
        letters = []
        joined.append(span)
    return joined[:-1]


def _one_word(letters: list[Span]) -> list[Span]:
    return [(letters[0][0], letters[-1][1])] if len(letters) >= _FEWEST_LETTERS else letters


def _trimmed(text: str, start: int, end: int) -> Span:
    word = text[start:end]
    core = word.strip(_EDGES)
    if not core:
        return start, end
    first = start + len(word) - len(word.lstrip(_EDGES))
    return first, first + len(core)
