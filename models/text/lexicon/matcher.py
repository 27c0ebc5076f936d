"""Where the terms of some lists stand in a text."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from models.text.lexicon.terms import Term
from models.text.lexicon.words import SPACELESS, TOO_LONG, WORD, fold, masks, may_hide, squeezed, stretches, tokens

_STEM = 2  # characters by which stems are looked up; none is shorter
_KATAKANA = "[\u30a1-\u30fa\u30fc]"
_IN_KATAKANA = re.compile(f"{_KATAKANA}+")


class Hit(NamedTuple):
    """A term at `text[start:end]` of the text that was searched."""

    term: Term
    start: int
    end: int


class _Phrase(NamedTuple):
    words: tuple[str, ...]
    term: Term | None  # None: an exception, which uses up its words


class Matcher:
    """Whole words and phrases by lookup; where a script has no blanks between words, one regular expression.

    Nearly every text has none, and finding that out is one pass for its words and one set operation.
    """

    def __init__(self, terms: Iterable[Term]) -> None:
        self._phrases: dict[str, list[_Phrase]] = defaultdict(list)
        self._stems: dict[str, list[tuple[str, Term]]] = defaultdict(list)
        self._squeezed: dict[str, list[_Phrase]] = defaultdict(list)
        self._masked: dict[tuple[int, str, str], list[_Phrase]] = defaultdict(list)
        self._inside: dict[str, Term | None] = {}
        for term in terms:
            for form in (term.term, *term.forms):
                self._add(form, term)
            for phrase in term.exceptions:
                self._add(phrase, None)
        for phrases in self._phrases.values():
            phrases.sort(key=lambda phrase: -len(phrase.words))
        for phrases in self._masked.values():
            phrases.sort(key=lambda phrase: -phrase.term.severity if phrase.term else 0.0)
        self._heads = frozenset(self._phrases)
        self._stem_heads = frozenset(self._stems)
        longest_first = sorted(self._inside, key=len, reverse=True)
        self._in_running_text = re.compile("|".join(map(_bounded, longest_first))) if longest_first else None

    def find(self, text: str) -> list[Hit]:
        """Every hit in order of place, none overlapping another of its kind. `text` is normalised."""
        folded = fold(text)
        words = WORD.findall(folded)
        hits: list[Hit] = []
        if (
            not self._heads.isdisjoint(words)
            or (self._stem_heads and not self._stem_heads.isdisjoint([word[:_STEM] for word in words]))
            or may_hide(folded)
        ):
            hits = list(self._among_words(folded))
        if self._in_running_text is not None and not text.isascii():
            hits += [
                Hit(term, *match.span())
                for match in self._in_running_text.finditer(folded)
                if (term := self._inside[match[0]]) is not None
            ]
            hits.sort(key=lambda hit: hit.start)
        return hits

    def _add(self, form: str, term: Term | None) -> None:
        stem = form.endswith("*")
        words = tuple(WORD.findall(fold(form)))
        if not words or SPACELESS.search(form):
            self._inside.setdefault(fold(form), term)
        elif stem and term is not None:
            self._stems[words[0][:_STEM]].append((words[0], term))
        else:
            phrase = _Phrase(words, term)
            if phrase.words not in (known.words for known in self._phrases[words[0]]):
                self._phrases[words[0]].append(phrase)
            if len(words) == 1:
                word = words[0]
                self._squeezed[squeezed(word)].append(phrase)
                self._masked[len(word), word[0], word[-1]].append(phrase)

    def _among_words(self, folded: str) -> Iterator[Hit]:
        found = list(self._read(folded))
        words = [word for word, _, _ in found]
        at = 0
        while at < len(words):
            phrase = self._phrase_at(words, at)
            if phrase is None:
                at += 1
                continue
            last = at + len(phrase.words) - 1
            if phrase.term is not None:
                yield Hit(phrase.term, found[at][1], found[last][2])
            at = last + 1

    def _read(self, folded: str) -> Iterator[tuple[str, int, int]]:
        """Words with their places; a starred one as the word it hides, else in its parts."""
        for match in tokens(folded):
            word, start = match[0], match.start()
            if "*" not in word and "#" not in word:
                yield word, *match.span()
            elif hidden := self._hidden_by_stars(word):
                yield hidden, *match.span()
            else:
                yield from ((part[0], start + part.start(), start + part.end()) for part in WORD.finditer(word))

    def _phrase_at(self, words: list[str], at: int) -> _Phrase | None:
        word = words[at]
        for phrase in self._phrases.get(word, ()):
            if len(phrase.words) == 1 or tuple(words[at : at + len(phrase.words)]) == phrase.words:
                return phrase
        for stem, term in self._stems.get(word[:_STEM], ()):
            if word.startswith(stem):
                return _Phrase((word,), term)
        if len(word) <= TOO_LONG and may_hide(word):
            return next(
                (known for known in self._squeezed.get(squeezed(word), ()) if stretches(word, known.words[0])), None
            )
        return None

    def _hidden_by_stars(self, word: str) -> str | None:
        if len(word) > TOO_LONG:
            return None
        known = self._masked.get((len(word), word[0], word[-1]), ())
        return next((phrase.words[0] for phrase in known if masks(word, phrase.words[0])), None)


def _bounded(form: str) -> str:
    """A pattern for `form`. A word in katakana ends where the katakana end: not "ホモ" in "ホモサピエンス"."""
    escaped = re.escape(form)
    return f"(?<!{_KATAKANA}){escaped}(?!{_KATAKANA})" if _IN_KATAKANA.fullmatch(form) else escaped
