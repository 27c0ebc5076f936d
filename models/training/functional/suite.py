"""The cases: templates of each functionality, filled for every group."""

import functools
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

from models.training.functional import forms, slurs
from models.training.functional.spelling import disguised

FOLDER = Path(__file__).with_name("templates")
"""Where the templates are."""


@dataclass(frozen=True, slots=True)
class Case:
    """One text to judge. `group` is the one it speaks of, empty where it speaks of none."""

    text: str
    hateful: bool
    functionality: str
    group: str


@dataclass(frozen=True, slots=True)
class Suite:
    """The cases, and how many were skipped because the lexicon lacks their word."""

    cases: tuple[Case, ...]
    skipped: int


class _Group(BaseModel):
    """Forms of a group's name. `slurs` and `reclaimed` are digests, see `slurs.digest`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    plural: str
    singular: str
    adjective: str
    slurs: tuple[str, ...] = ()
    reclaimed: tuple[str, ...] = ()


class _Functionality(BaseModel):
    """One file of templates, a template per line. Without `values` they are filled for every group."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    description: str
    templates: str
    not_for: tuple[str, ...] = ()
    """Groups that `templates` are not filled for."""
    only: dict[str, str] = {}
    """Templates of one group each."""
    values: dict[str, tuple[str, ...]] = {}
    spelling: Literal["swapped", "masked", "leet", "spaced", "joined"] | None = None


def cases() -> list[Case]:
    """All cases for which the shipped lexicon has the words, the same in the same order each time."""
    return list(load().cases)


def load(lexicon: Path = slurs.SHIPPED) -> Suite:
    """The cases with the slurs of `lexicon`, a list of English terms that need not exist."""
    known = slurs.by_digest(lexicon)
    found: list[Case] = []
    skipped = 0
    for kind in ("hateful", "harmless"):
        for path in sorted((FOLDER / kind).glob("*.yaml")):
            functionality = _Functionality(**yaml.safe_load(path.read_text(encoding="utf-8")))
            for text, group in _filled(functionality, known):
                if text is None:
                    skipped += 1
                else:
                    found.append(Case(text, kind == "hateful", path.stem, group))
    return Suite(tuple(found), skipped)


def _filled(functionality: _Functionality, known: dict[str, str]) -> Iterator[tuple[str | None, str]]:
    """Each text with its group; None for a text whose word is not known."""
    for template, group in _templates(functionality):
        for words in _choices(template, functionality, group, known):
            if words is None:
                yield None, group
                continue
            text = forms.fill(template, words)
            yield disguised(text, functionality.spelling) if functionality.spelling else text, group


def _templates(functionality: _Functionality) -> Iterator[tuple[str, str]]:
    """Each template with each group it is for."""
    groups = [""] if functionality.values else [name for name in _groups() if name not in functionality.not_for]
    yield from itertools.product(functionality.templates.splitlines(), groups)
    for group, templates in functionality.only.items():
        yield from ((template, group) for template in templates.splitlines())


def _choices(
    template: str, functionality: _Functionality, group: str, known: dict[str, str]
) -> Iterator[dict[str, str] | None]:
    """What may stand for the template's placeholders, one after the other."""
    names = sorted(forms.names(template))
    if functionality.values:
        for chosen in itertools.product(*(functionality.values[name] for name in names)):
            yield dict(zip(names, chosen, strict=True))
        return
    forms_of = _groups()[group]
    words = {"plural": forms_of.plural, "singular": forms_of.singular, "adjective": forms_of.adjective}
    if not {"slur", "slurs", "reclaimed", "reclaimed_plural"} & set(names):
        yield words
        return
    own = forms_of.slurs if {"slur", "slurs"} & set(names) else forms_of.reclaimed
    for digest in own:
        word = known.get(digest)
        if word is None:
            yield None
        else:
            many = forms.plural(word)
            yield {**words, "slur": word, "slurs": many, "reclaimed": word, "reclaimed_plural": many}


@functools.cache
def _groups() -> dict[str, _Group]:
    table = yaml.safe_load((FOLDER / "groups.yaml").read_text(encoding="utf-8"))
    return {name: _Group(plural=name, **forms_of) for name, forms_of in table.items()}
