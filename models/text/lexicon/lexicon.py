"""The lists together: which of them apply to a text, and what they say of it."""

import functools
import hashlib
from collections.abc import Iterable
from pathlib import Path

from models.text.language import UNSURE
from models.text.lexicon.matcher import Hit, Matcher
from models.text.lexicon.terms import Scope, Term, read
from moderation.errors import ConfigurationError
from moderation.taxonomy import LEXICON_CATEGORIES, Category

SHIPPED = Path(__file__).parents[2] / "lexicons"
SIGNALS: dict[Category, str] = {category: f"text.lexicon.{category}" for category in LEXICON_CATEGORIES}

# Identified under another name than that of the list, or so near to its language that the list serves.
_LISTED_AS = {
    "tl": "fil", "nb": "no", "nn": "no", "arz": "ar", "pes": "fa", "sco": "en", "als": "de", "bar": "de", "gsw": "de",
    "yue": "zh", "wuu": "zh", "cmn": "zh", "hif": "hi",
}  # fmt: skip


class Lexicon:
    """Lists of terms by language. `find` is thread-safe and raises nothing for what a text holds."""

    def __init__(self, terms: Iterable[Term], version: str) -> None:
        self.terms = tuple(terms)
        self.name = f"lexicon@{version}"
        self.languages = frozenset(_base(term.language) for term in self.terms)
        self._matchers: dict[str, Matcher] = {}

    def find(self, text: str, language: str) -> tuple[Term, ...]:
        """The distinct terms in a normalised text of this language ('und': of no known one), worst first."""
        hits = self._matcher(language).find(text)
        return _worst_first(hit.term for hit in hits) if hits else ()

    def hits(self, text: str, language: str) -> list[Hit]:
        """Every place of every term in a normalised text."""
        return self._matcher(language).find(text)

    def signals(self, found: Iterable[Term], language: str) -> dict[str, float]:
        """Each category's worst severity. 0 where there is none, or nothing at all where no list knows the language."""
        worst = dict.fromkeys(SIGNALS.values(), 0.0) if self.covers(language) else {}
        for term in found:
            for category in term.categories:
                name = SIGNALS[category]
                worst[name] = max(worst.get(name, 0.0), term.severity)
        return worst

    def covers(self, language: str) -> bool:
        """Whether finding nothing says something: there is a list, or the language is not known."""
        return language == UNSURE or _listed_as(language) in self.languages

    def _matcher(self, language: str) -> Matcher:
        key = _listed_as(language) if self.covers(language) else ""
        matcher = self._matchers.get(key)
        if matcher is None:
            matcher = self._matchers[key] = Matcher(self._for(key))
        return matcher

    def _for(self, language: str) -> list[Term]:
        """The terms that count in a text of `language`, its own ones first: they win over others' of one spelling."""
        wide = {Scope.ANY, Scope.UNIDENTIFIED} if language == UNSURE else {Scope.ANY}
        own, others = [], []
        for term in self.terms:
            if _base(term.language) == language:
                own.append(term)
            elif term.scope in wide:
                others.append(term)
        return own + others


def load(folder: Path) -> Lexicon:
    """Every `*.tsv` of a folder. Its version is a digest of them. Raises `ConfigurationError`."""
    paths = sorted(folder.glob("*.tsv"))
    if not paths:
        raise ConfigurationError(f"{folder}: no lexicon: it has no .tsv file")
    terms = [term for path in paths for term in read(path)]
    digest = hashlib.sha256(b"".join(path.name.encode() + path.read_bytes() for path in paths))
    return Lexicon(terms, digest.hexdigest()[:12])


@functools.cache
def shipped() -> Lexicon:
    """The lists that come with this package."""
    return load(SHIPPED)


def _listed_as(language: str) -> str:
    base = _base(language)
    return _LISTED_AS.get(base, base)


def _base(language: str) -> str:
    """A BCP 47 tag without region and script."""
    return language.partition("-")[0].lower()


def _worst_first(terms: Iterable[Term]) -> tuple[Term, ...]:
    return tuple(sorted(dict.fromkeys(terms), key=lambda term: -term.severity))
