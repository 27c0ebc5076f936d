"""Which model reads a text, by its language. A model reads what it was taught, the first one also what is near it.

A text in a script that no model was taught is read by none: its signals are absent, which a policy takes for unknown.
The same text always goes to the same model.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from models.runtime.classifier import Classifier
from moderation.taxonomy import Category

_LETTER = re.compile(r"[^\W\d_]")
_LATIN = re.compile("[A-Za-z\u00aa\u00ba\u00c0-\u024f\u1e00-\u1eff]")
_ARABIC = re.compile("[\u0620-\u064a]")
# Letters that Persian, Urdu, Pashto and Kurdish add to the Arabic ones.
_NOT_ARABIC = re.compile("[\u067e\u0686\u0698\u06a9\u06af\u06cc\u0679\u0688\u0691\u06ba\u06be\u06c1\u06d2\u06c6\u06ce]")
_KINDRED = {"arz": "ar", "wuu": "zh", "yue": "zh"}
"""Languages as identified -> the one whose model reads them as well."""
_CHARACTERS = 400


@dataclass(frozen=True, slots=True)
class Reader:
    """A model and what it was taught: `languages`, none for one that does not say, which counts as taught in all.

    `taught` are the categories that its texts taught in a language, where not all.
    """

    classifier: Classifier
    languages: tuple[str, ...] = ()
    taught: Mapping[str, frozenset[Category]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """How texts of one kind are read: by `reader`, its place among the readers, or by nobody.

    `columns` are the places of the `signals` among the model's categories, `models` what each signal comes from.
    `understood`: the model was taught in the language.
    """

    reader: int | None
    understood: bool
    columns: tuple[int, ...] = ()
    signals: tuple[str, ...] = ()
    models: dict[str, str] = field(default_factory=dict)


class Router:
    """Chooses among readers. The first one is the main model."""

    def __init__(self, readers: Sequence[Reader]) -> None:
        self.readers = tuple(readers)
        self._known: dict[str, Route] = {}
        for place, reader in enumerate(readers):
            for language in reader.languages:
                self._known.setdefault(language, _route(place, reader, language))
        main = self.readers[0]
        self._main = _route(0, main, None, understood=not main.languages)
        self._alone = len(self.readers) == 1 or not main.languages
        self._nearest_arabic = self._unsure("ar")

    def route(self, language: str, text: str) -> Route:
        """For a normalised text in a language as identified."""
        known = self._known.get(_KINDRED.get(language, language))
        if known is not None:
            return known
        if self._alone:
            return self._main
        letters = len(_LETTER.findall(text[:_CHARACTERS]))
        # Other languages in Latin letters borrow English insults, and short English is taken for them.
        if 2 * len(_LATIN.findall(text[:_CHARACTERS])) >= letters:
            return self._main
        if language == "und" and _ARABIC.search(text) and not _NOT_ARABIC.search(text):
            return self._nearest_arabic
        return NOBODY

    def _unsure(self, language: str) -> Route:
        """The route of a text that is probably in the language."""
        route = self._known.get(language)
        if route is None or route.reader is None:
            return NOBODY
        return _route(route.reader, self.readers[route.reader], language, understood=False)


def _route(place: int, reader: Reader, language: str | None, understood: bool = True) -> Route:
    categories = reader.classifier.categories
    taught = reader.taught.get(language or "", frozenset(categories))
    columns = tuple(column for column, category in enumerate(categories) if category in taught)
    signals = tuple(f"text.{categories[column]}" for column in columns)
    return Route(place, understood, columns, signals, dict.fromkeys(signals, reader.classifier.name))


NOBODY = Route(None, False)
"""No model was taught to read it, nor in its script."""
