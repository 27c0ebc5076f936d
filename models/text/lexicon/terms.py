"""The lists as they are kept: one file of tab-separated values per language, one term per line."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from moderation.errors import ConfigurationError
from moderation.taxonomy import LEXICON_CATEGORIES, Category

COLUMNS = ("term", "categories", "severity", "scope", "forms", "exceptions", "sources")
_SEPARATOR = " | "


class Scope(StrEnum):
    """In which texts a term counts."""

    LANGUAGE = "language"
    """Only in texts of its own language: elsewhere it may be an ordinary word."""
    UNIDENTIFIED = "unidentified"
    """Also where nobody can say what language the text is."""
    ANY = "any"
    """In every text."""


@dataclass(frozen=True, slots=True)
class Term:
    """One line. A term that ends in `*` also stands for every longer word that begins with it.

    `severity` lies in (0, 1]. `forms` are other spellings of the same; `exceptions` are longer phrases, or
    words with the same `*`, in which the term means nothing bad.
    """

    language: str
    term: str
    categories: tuple[Category, ...]
    severity: float
    scope: Scope = Scope.LANGUAGE
    forms: tuple[str, ...] = ()
    exceptions: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """How evidence names it: the file and the line, such as `no:drittsekk`."""
        return f"{self.language}:{self.term}"


def read(path: Path) -> list[Term]:
    """The terms of a file, named after its language. Raises `ConfigurationError` with the line that is wrong."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: cannot be read: {error}") from error
    return list(_terms(path, lines))


def write(path: Path, terms: Iterable[Term], notice: str) -> None:
    """The file that `read` reads, sorted by term, with `notice` as comments on top."""
    head = [f"# {line}".rstrip() for line in notice.splitlines()]
    body = ["\t".join(_cells(term)) for term in sorted(terms, key=lambda term: term.term)]
    path.write_text("\n".join((*head, "\t".join(COLUMNS), *body)) + "\n", encoding="utf-8")


def _terms(path: Path, lines: list[str]) -> Iterator[Term]:
    numbered = [(number, line) for number, line in enumerate(lines, 1) if line.strip() and not line.startswith("#")]
    if not numbered or tuple(numbered[0][1].split("\t")) != COLUMNS:
        raise ConfigurationError(f"{path}: the first line must name the columns, with tabs: {', '.join(COLUMNS)}")
    seen: dict[str, int] = {}
    for number, line in numbered[1:]:
        where = f"{path}:{number}"
        cells = [cell.strip() for cell in line.split("\t")]
        if len(cells) != len(COLUMNS):
            raise ConfigurationError(f"{where}: has {len(cells)} cells; {len(COLUMNS)} are due, with tabs between")
        term = _term(where, path.stem, cells)
        if first := seen.setdefault(term.term, number) - number:
            raise ConfigurationError(f"{where}: '{term.term}' stands in line {number + first} already: keep one")
        yield term


def _term(where: str, language: str, cells: list[str]) -> Term:
    term, categories, severity, scope, forms, exceptions, sources = cells
    if not term.removesuffix("*"):
        raise ConfigurationError(f"{where}: the term is missing")
    if not categories or not set(_listed(categories)) <= set(LEXICON_CATEGORIES):
        raise ConfigurationError(f"{where}: categories '{categories}': one or more of {', '.join(LEXICON_CATEGORIES)}")
    if scope not in set(Scope):
        raise ConfigurationError(f"{where}: unknown scope '{scope}': one of {', '.join(Scope)}")
    return Term(
        language,
        term,
        tuple(map(Category, _listed(categories))),
        _severity(where, severity),
        Scope(scope),
        _listed(forms),
        _listed(exceptions),
        _listed(sources),
    )


def _severity(where: str, cell: str) -> float:
    try:
        severity = float(cell)
    except ValueError:
        severity = math.nan
    if not 0 < severity <= 1:
        raise ConfigurationError(f"{where}: severity '{cell}': write a number above 0 and at most 1")
    return severity


def _listed(cell: str) -> tuple[str, ...]:
    return tuple(part for part in cell.split(_SEPARATOR) if part)


def _cells(term: Term) -> tuple[str, ...]:
    lists = (_SEPARATOR.join(values) for values in (term.forms, term.exceptions, term.sources))
    return (term.term, _SEPARATOR.join(term.categories), f"{term.severity:.2f}", term.scope, *lists)
