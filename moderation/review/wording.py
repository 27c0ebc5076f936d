"""The sentences of statements of reasons, one YAML file for each language; operators change and add them.

A file of an operator's in a language that is here need only have what it changes. `de-AT` begins with the words of
`de`, and a language that is not here must be complete. Every sentence fills in the same names as the English one.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field, create_model

from moderation.policy.problems import joined, nearest, shortened
from moderation.review.rules_file import Place, RulesText, dotted, read_text
from moderation.review.section import Section
from moderation.taxonomy import Category

SHIPPED = Path(__file__).parent / "languages"
FALLBACK = "en"
"""The language that is always there."""

_TAG = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", re.IGNORECASE)
_NAME = re.compile(r"{([^{}\n]*)}")


class Actions(Section):
    """What was done, for each action that restricts."""

    remove: str = ""
    restrict: str = ""
    hold: str = ""
    label: str = ""


class Why(Section):
    """For which reasons. `ground` is what the rules are called that were broken, as their readers know them."""

    title: str = ""
    title_with_address: str = ""
    ground: str = ""
    reason: str = ""
    unknown: str = ""


class How(Section):
    """Who decided, and what had led to it. `found` follows on `copied`, `brought` on `person`."""

    title: str = ""
    machine: str = ""
    person: str = ""
    copied: str = ""
    brought: str = ""
    found: str = ""
    reported: str = ""


class Next(Section):
    """What the author can do about it."""

    title: str = ""
    appeal: str = ""
    elsewhere: str = ""


class End(Section):
    """When, and under which reference. `first` is how the first day of a month is written."""

    decided: str = ""
    date: str = ""
    first: str = ""
    months: tuple[str, ...] = Field((), max_length=12)


class Told(Section):
    """A category in the author's words."""

    title: str = ""
    meaning: str = ""


if TYPE_CHECKING:
    Categories = Section
else:
    Categories = create_model(
        "Categories", __base__=Section, **{category.value: (Told, Told()) for category in Category}
    )  # fmt: skip


class Wording(Section):
    """One language. `reasons` are those of policies, `notes` those of rules by their id: where one is not here, the
    policy's own words stand.
    """

    language: str = ""
    surfaces: dict[str, str] = Field(default_factory=dict)
    actions: Actions = Actions()
    replaced: str = ""
    why: Why = Why()
    how: How = How()
    next: Next = Next()
    end: End = End()
    categories: Categories = Categories()
    reasons: dict[str, str] = Field(default_factory=dict)
    notes: dict[str, str] = Field(default_factory=dict)

    def category(self, category: Category) -> Told:
        """The words of a category."""
        told: Told = getattr(self.categories, category.value)
        return told


class Languages(Mapping[str, Wording]):
    """Tag, as `de` or `pt-BR`, -> its sentences."""

    def __init__(self, found: Mapping[str, Wording]) -> None:
        self._found = dict(sorted(found.items()))
        self._tags = {tag.lower(): tag for tag in self._found}

    def __getitem__(self, tag: str) -> Wording:
        return self._found[tag]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Languages) and self._found == other._found

    __hash__ = None  # type: ignore[assignment]

    def nearest(self, wanted: str | None) -> str | None:
        """The tag of a language, or of the wider one that it belongs to: `de` for `de-AT`; None where there is none."""
        parts = (wanted or "").lower().replace("_", "-").split("-")
        wider = ("-".join(parts[:count]) for count in range(len(parts), 0, -1))
        return next((self._tags[tag] for tag in wider if tag in self._tags), None)

    def chosen(self, *wanted: str | None) -> str:
        """The first of these languages that there are words for, else `FALLBACK`."""
        return next((tag for each in wanted if (tag := self.nearest(each)) is not None), FALLBACK)


def languages(folder: Path | None = None) -> Languages:
    """What is shipped, changed and added to by the files `TAG.yaml` of a folder.

    Raises `ConfigurationError` with every mistake of a file, each with its line.
    """
    if folder is None:
        return _shipped()
    found = dict(_shipped())
    complete = found[FALLBACK]
    for path in sorted(folder.glob("*.y*ml"), key=lambda path: (len(path.stem), path.stem)):
        text = _parsed(path)
        if not (_TAG.fullmatch(path.stem) and path.suffix == ".yaml"):
            hint = "call it by the tag of its language, as nl.yaml or pt-BR.yaml"
            text.refuse([((), f"no language is called '{shortened(path.name)}'", hint)])
        twin = next((tag for tag in found if tag != path.stem and tag.lower() == path.stem.lower()), None)
        if twin is not None:  # of the two only one would be found
            text.refuse([((), f"'{path.stem}' is '{twin}' in other letters", f"call it {twin}.yaml")])
        begun = found.get(Languages(found).nearest(path.stem) or "", Wording())
        made = Wording.model_validate(_merged(begun.model_dump(), text.read(Wording).model_dump(exclude_unset=True)))
        text.refuse(mistakes(made, complete))
        found[path.stem] = made
    return Languages(found)


def mistakes(made: Wording, complete: Wording) -> Iterator[tuple[Place, str, str | None]]:
    """What a language lacks beside a complete one, and names in its sentences that are not filled in there."""
    theirs, own = dict(sentences(complete)), dict(sentences(made))
    for place, sentence in theirs.items():
        if not own.get(place):
            yield place, f"{dotted(place)} has no words", f"in English: {sentence}"
    for place, sentence in own.items():
        known = set(_NAME.findall(theirs.get(place, "")))
        given = _NAME.findall(sentence)
        for name in dict.fromkeys(given):
            if name not in known:
                hint = joined(nearest(name, known), _offered(known))
                yield place, f"{{{shortened(name)}}} is not filled in here", hint
        if sentence:
            for name in sorted(known.difference(given)):
                yield place, f"{dotted(place)} must have {{{name}}}", f"in English: {theirs[place]}"
        if re.search(r"[{}]", _NAME.sub("", sentence)):
            yield place, "{ and } stand only around names that are filled in", _offered(known)
        if "\n" in sentence.strip():
            yield place, f"{dotted(place)} must be one line", "write >- instead of | before it"


def sentences(wording: BaseModel, place: Place = ()) -> Iterator[tuple[Place, str]]:
    """Every sentence with its place."""
    for name in type(wording).model_fields:
        value = getattr(wording, name)
        if isinstance(value, BaseModel):
            yield from sentences(value, (*place, name))
        elif isinstance(value, dict):
            yield from (((*place, name, key), text) for key, text in value.items())
        elif isinstance(value, tuple):
            yield from (((*place, name, number), text) for number, text in enumerate(value))
        else:
            yield (*place, name), value


def fill(sentence: str, **values: str) -> str:
    """A sentence with its names filled in; what is filled in is not looked at again."""
    return _NAME.sub(lambda match: values[match[1]], sentence).strip()


@cache
def _shipped() -> Languages:
    return Languages({path.stem: _parsed(path).read(Wording) for path in SHIPPED.glob("*.yaml")})


def _parsed(path: Path) -> RulesText:
    return RulesText(read_text(path, "a language's words"), path.as_posix(), "a language's words")


def _merged(begun: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(begun)
    for key, value in own.items():
        before = begun.get(key)
        merged[key] = _merged(before, value) if isinstance(before, dict) and isinstance(value, dict) else value
    return merged


def _offered(known: Iterable[str]) -> str:
    names = ", ".join(f"{{{name}}}" for name in sorted(known))
    return f"may be filled in here: {names}" if names else "nothing is filled in here"
