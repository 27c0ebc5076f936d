"""A labelled text, and how the tables it comes from are read."""

import csv
import gzip
import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TextIO

HEADS = ("toxicity", "hate", "insult", "threat", "obscenity", "spam")
"""The outputs of the text model, in order."""

_QUOTING: dict[bool, Literal[0, 3]] = {True: csv.QUOTE_MINIMAL, False: csv.QUOTE_NONE}
_MASKS = re.compile(r"\[user\]|<user>|@user\b(?:\.idx)?|<mention>", re.IGNORECASE)
_URL_MASKS = re.compile(r"\[url\]|<url>|@url\b|\burl\b(?=\s*$)", re.IGNORECASE)
# Other scripts and symbols stay: minimal pairs may differ in an emoji only.
_NOT_A_LETTER = re.compile("[^a-z\u0080-\U0010ffff]+")


@dataclass(frozen=True, slots=True)
class Example:
    """One text and what a data set says about it.

    `labels` holds the annotated heads in [0, 1], a head that is not there is masked in the loss;
    `weak` holds heads that nobody annotated but that nearly always have this value in such a text.
    Examples of one `group` are variants of each other and stay on one side of every split.
    `language` is ISO 639-1, empty where nobody said it.
    """

    text: str
    source: str
    labels: Mapping[str, float]
    weak: Mapping[str, float] = field(default_factory=dict)
    group: str = ""
    language: str = ""


def rows(path: Path, delimiter: str = ",", quoted: bool = True) -> Iterator[dict[str, str]]:
    """The rows of a table with a header, packed (`.gz`) or not."""
    csv.field_size_limit(10_000_000)
    with _opened(path) as file:
        yield from csv.DictReader(file, delimiter=delimiter, quoting=_QUOTING[quoted])


def cells(path: Path, delimiter: str = ",", quoted: bool = True) -> Iterator[list[str]]:
    """The rows of a table without a header, packed or not."""
    csv.field_size_limit(10_000_000)
    with _opened(path) as file:
        yield from csv.reader(file, delimiter=delimiter, quoting=_QUOTING[quoted])


def written(text: str) -> str:
    """`text` with HTML entities decoded and the data sets' own masks made ours."""
    text = html.unescape(text) if "&" in text else text
    return _URL_MASKS.sub("http", _MASKS.sub("@user", text))


def fingerprint(text: str) -> str:
    """What two copies of a text share after lower-casing, stripping and re-quoting: its letters and symbols.

    Texts of hardly any letters are their own fingerprint.
    """
    letters = _NOT_A_LETTER.sub("", text.lower())
    return letters if len(letters) >= 4 else text


def _opened(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="", errors="replace")
    return path.open(encoding="utf-8-sig", newline="", errors="replace")
