"""Sources and our decisions to one list per language."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from models.text.lexicon.terms import Scope, Term, read, write
from models.text.lexicon.words import SPACELESS
from models.training.lexicons.curation import Curation, load
from models.training.lexicons.sources import OURS, Draft, drafts, key, usable
from moderation.errors import ConfigurationError
from moderation.taxonomy import Category

UNKNOWN_SEVERITY = 0.5
"""Of terms whose source has none, where we assigned none."""

NOTICE = """The terms of language '{language}'. Written by `moderation models lexicon`: change curation.yaml, not this.
README.md explains the columns, NOTICE.md says where the terms come from."""

# Languages whose writers often leave accents out, and in which that seldom makes another word.
_ACCENTS_MAY_MISS = frozenset(["cs", "es", "fr", "fr-CA", "hu", "it", "pt", "tr", "eo"])
_SPELT_OUT: dict[str, dict[int, str]] = {
    "de": {ord("ä"): "ae", ord("ö"): "oe", ord("ü"): "ue", ord("ß"): "ss"},
    "ru": {ord("ё"): "е"},
}
_ARTICLE = "ال"
_PHRASE = 10  # letters; phrases as long as that are no phrase of another language
_LATIN = re.compile("[a-zA-Z\u00c0-\u024f\u1e00-\u1eff]")


@dataclass(slots=True)
class _Entry:
    categories: tuple[Category, ...] | None = None
    severity: float | None = None
    sources: list[str] = field(default_factory=list)
    forms: list[str] = field(default_factory=list)


def build(data: Path, folder: Path) -> dict[str, int]:
    """Write `folder`'s lists from its `curation.yaml` and the sources in `data`. Language -> number of terms.

    Raises `ConfigurationError` for a decision about a term that there is not, or one that cannot be read.
    """
    lists = terms(data, folder / "curation.yaml")
    for language, found in lists.items():
        write(folder / f"{language}.tsv", found, NOTICE.format(language=language))
    return {language: len(found) for language, found in lists.items()}


def stale(data: Path, folder: Path) -> list[str]:
    """The languages whose lists are not what `build` would write."""
    lists = terms(data, folder / "curation.yaml")
    return [
        language
        for language, found in lists.items()
        if not (path := folder / f"{language}.tsv").is_file()
        or read(path) != [replace(term, severity=round(term.severity, 2)) for term in found]
    ]


def terms(data: Path, curation: Path) -> dict[str, list[Term]]:
    """Language -> its terms, sorted."""
    lists = {}
    for language, decisions in load(curation).items():
        try:
            lists[language] = _terms(language, list(drafts(data, language)), decisions)
        except ConfigurationError as error:
            raise ConfigurationError(f"{curation}: {language}: {error}") from error
    return lists


def _terms(language: str, found: Iterable[Draft], curation: Curation) -> list[Term]:
    entries = _merged(found)
    assigned = {_key(term): (categories, severity) for term, categories, severity in curation.assigned()}
    for term, (categories, severity) in assigned.items():
        entry = entries.setdefault(term, _Entry(sources=[OURS]))
        entry.categories, entry.severity = categories, severity
    _take_under_stems(entries, assigned)
    if curation.unassigned == "inherit":
        _inherit(entries, assigned)
    elif curation.unassigned == "keep":
        for entry in entries.values():
            if entry.categories is None:
                entry.categories = (Category.SEXUAL if language == "en" else Category.OBSCENITY,)
    _drop(entries, curation.drop)
    entries = {term: entry for term, entry in entries.items() if entry.categories}
    _add_forms(language, entries, curation)
    scopes = {_key(term): scope for term, scope in curation.scopes()}
    exceptions = {_key(term): tuple(map(_key, phrases)) for term, phrases in curation.exceptions.items()}
    if missing := sorted((scopes.keys() | exceptions.keys()) - entries.keys()):
        raise ConfigurationError(f"scope or exceptions of what is no term: {', '.join(missing)}")
    dropped = {_key(term) for term in curation.drop}
    return sorted(
        (
            Term(
                language,
                term,
                entry.categories or (),
                round(entry.severity or UNKNOWN_SEVERITY, 2),
                scopes.get(term) or _usual_scope(language, term),
                tuple(sorted(set(entry.forms) - dropped - {term})),
                exceptions.get(term, ()),
                tuple(entry.sources),
            )
            for term, entry in entries.items()
        ),
        key=lambda term: term.term,
    )


def _merged(found: Iterable[Draft]) -> dict[str, _Entry]:
    """Drafts of one spelling as one: categories and severity of the first source that has them."""
    entries: dict[str, _Entry] = {}
    for draft in found:
        term = key(draft.term)
        if not usable(term):
            continue
        entry = entries.setdefault(term, _Entry())
        if entry.severity is None and draft.severity is not None:
            entry.categories, entry.severity = draft.categories, draft.severity
        if draft.source not in entry.sources:
            entry.sources.append(draft.source)
        entry.forms += [form for form in map(key, draft.forms) if usable(form)]
    return entries


def _take_under_stems(entries: dict[str, _Entry], assigned: Iterable[str]) -> None:
    """Terms that a stem stands for go, unless they are assigned themselves: as words of their own they would win."""
    own = set(assigned)
    for stem in [term for term in own if term.endswith("*")]:
        for term in [term for term in entries if term.startswith(stem[:-1]) and " " not in term and term not in own]:
            sources = entries.pop(term).sources
            entries[stem].sources = [*dict.fromkeys([*sources, *entries[stem].sources])]


def _inherit(entries: dict[str, _Entry], assigned: dict[str, tuple[tuple[Category, ...], float]]) -> None:
    for term, entry in entries.items():
        begins = [stem for stem in assigned if len(stem) > 2 and term.startswith(stem)]
        if entry.categories is None and begins:
            entry.categories, entry.severity = assigned[max(begins, key=len)]


def _drop(entries: dict[str, _Entry], drop: Iterable[str]) -> None:
    for name in drop:
        pattern = re.compile(name[1:-1]) if name.startswith("/") else None
        for term in [term for term in entries if (pattern.fullmatch(term) if pattern else term == _key(name))]:
            del entries[term]


def _add_forms(language: str, entries: dict[str, _Entry], curation: Curation) -> None:
    """Other spellings: those that are stated, plurals, and those without accents. A spelling belongs to one term."""
    for name, forms in curation.forms.items():
        if _key(name) not in entries:
            raise ConfigurationError(f"forms of what is no term: {name}")
        for form in map(key, forms):
            entries.pop(form, None)
            entries[_key(name)].forms.append(form)
    if language == "en":
        for term in sorted(entries, key=len):
            for plural in _plurals(term):
                if term in entries and (entry := entries.pop(plural, None)):
                    entries[term].sources = [*dict.fromkeys([*entries[term].sources, *entry.sources])]
                    entries[term].forms += entry.forms
                if term in entries:
                    entries[term].forms.append(plural)
    for term, entry in entries.items():
        spelt = [other for form in (term, *entry.forms) for other in _respelt(language, form)]
        entry.forms += spelt
    owners: dict[str, str] = {}
    for term, entry in entries.items():
        entry.forms = [f for f in entry.forms if f not in entries and owners.setdefault(f, term) == term]


def _plurals(term: str) -> list[str]:
    if not term.isascii() or not term[-1].isalpha() or term.count(" ") > 1:
        return []
    if term.endswith(("ing", "ed", "z")) or (term.endswith("s") and not term.endswith("ss")):
        return []
    if term.endswith("y") and term[-2] not in "aeiou":
        return [f"{term[:-1]}ies"]
    return [f"{term}es" if term.endswith(("s", "x", "ch", "sh")) else f"{term}s"]


def _respelt(language: str, form: str) -> list[str]:
    if language == "ar":
        return [] if " " in form or form.startswith(_ARTICLE) else [_ARTICLE + form]
    found = [form.translate(_SPELT_OUT[language])] if language in _SPELT_OUT else []
    if language in _ACCENTS_MAY_MISS:
        plain = "".join(c for c in unicodedata.normalize("NFD", form) if not unicodedata.combining(c))
        found.append(plain.replace("ı", "i"))
    return [other for other in found if other != form]


def _usual_scope(language: str, term: str) -> Scope:
    """English is what most texts too short to be identified are in; long phrases and other scripts name a language."""
    if language == "en":
        return Scope.UNIDENTIFIED
    letters = [letter for letter in term if letter.isalpha()]
    if " " in term and len(letters) >= _PHRASE:
        return Scope.ANY
    other_script = bool(letters) and not _LATIN.search(term)
    if SPACELESS.search(term):
        kana_or_thai = not any("\u3400" <= letter <= "\u9fff" for letter in letters)
        return Scope.UNIDENTIFIED if kana_or_thai and len(letters) > 2 else Scope.LANGUAGE
    return Scope.UNIDENTIFIED if other_script and len(letters) > 2 else Scope.LANGUAGE


def _key(term: str) -> str:
    return f"{key(term[:-1])}*" if term.endswith("*") else key(term)
