"""The public lists, each as drafts in our categories and severities."""

import csv
import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from models.text.lexicon.words import SPACELESS, fold, in_word
from models.text.normalise import normalise
from moderation.taxonomy import Category

HATE, INSULT, OBSCENITY, SEXUAL = Category.HATE, Category.INSULT, Category.OBSCENITY, Category.SEXUAL

SURGE, DSOJEVIC, LDNOOBW, OURS = "surge", "dsojevic", "ldnoobw", "ours"
"""Sources, the most trusted first: Surge AI's severities are means over five raters."""

# Surge files swear words under what they once meant; by the root that it gives each term, these are obscenities.
_SWEAR_WORDS = frozenset(
    word
    for line in (
        "fuck motherfucker shit ass arse cunt cock dick piss bollocks crap wank twat",
        "bugger damn prick pecker knob boobs tit bellend pussy bum butt penis",
    )
    for word in line.split()
)
_ORIENTATION = frozenset(
    ["faggot", "dyke", "gay", "homosexual", "tranny", "shemale", "ladyboy", "queer", "lesbian", "fudge packer"]
)
_SURGE = {
    "racial / ethnic slurs": HATE,
    "political": HATE,
    "mental disability": INSULT,
    "physical disability": INSULT,
    "physical attributes": INSULT,
    "animal references": INSULT,
    "other / general insult": INSULT,
    "bodily fluids / excrement": OBSCENITY,
    "religious offense": OBSCENITY,
}
_SURGE_MOST = 3.0
_DSOJEVIC = {
    "racial": HATE,
    "lgbtq": HATE,
    "religious": OBSCENITY,
    "general": OBSCENITY,
    "sexual": SEXUAL,
    "shock": SEXUAL,
}
_DSOJEVIC_MOST = 4.0
_ONLY_SEXUAL = 2 / 3  # it rates nearly every sexual term 3, from "topless" to the worst: that is taken as 0.5
# In dsojevic's patterns the letter before a star may be repeated.
_REPEATABLE = re.compile(r"(.)\*")


@dataclass(frozen=True, slots=True)
class Draft:
    """One term of one source. `categories` and `severity` are None where the source has none."""

    term: str
    source: str
    categories: tuple[Category, ...] | None = None
    severity: float | None = None
    forms: tuple[str, ...] = ()


def key(term: str) -> str:
    """The one spelling of a term: as the lane's texts are, in small letters, a blank for a hyphen."""
    return " ".join(re.sub(r"[-_]", " ", normalise(term.strip()).lower()).split())


def usable(term: str) -> bool:
    """Whether the term is words, or one symbol such as an emoji, that can be told from ordinary text."""
    if SPACELESS.search(term):
        return len(term) > 1 or not term.isalnum()
    letters = [character for character in fold(term) if in_word(character)]
    if not letters:
        return len(term) == 1 and not term.isascii()
    return len(letters) > 1 and all(character in letters or character in " '.`" for character in fold(term))


def surge(folder: Path) -> Iterator[Draft]:
    """English, 1,598 spellings with up to three categories and a severity from 1 (mild) to 3 (severe)."""
    with gzip.open(folder / "profanity_en.csv.gz", "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            root = row["canonical_form_1"].lower()
            found = [_surge_category(row[f"category_{number}"], root) for number in (1, 2, 3)]
            categories = tuple(dict.fromkeys(category for category in found if category is not None))
            yield Draft(row["text"], SURGE, categories, float(row["severity_rating"]) / _SURGE_MOST)


def dsojevic(folder: Path) -> Iterator[Draft]:
    """English, 434 patterns with tags and a severity from 1 (mild) to 4 (severe)."""
    for entry in json.loads(gzip.decompress((folder / "dsojevic_en.json.gz").read_bytes())):
        categories = tuple(dict.fromkeys(_DSOJEVIC[tag] for tag in entry["tags"]))
        severity = entry["severity"] / _DSOJEVIC_MOST * (_ONLY_SEXUAL if categories == (SEXUAL,) else 1.0)
        for pattern in entry["match"].split("|"):
            term = pattern.replace("*", "")
            doubled = [
                (pattern[: match.end() - 1] + match[1] + pattern[match.end() :]).replace("*", "")
                for match in _REPEATABLE.finditer(pattern)
            ]
            yield Draft(term, DSOJEVIC, categories, severity, tuple(doubled))


def ldnoobw(folder: Path, language: str) -> Iterator[Draft]:
    """One of 28 lists: terms and nothing else."""
    stem = {"fr-CA": "fr-CA-u-sd-caqc"}.get(language, language)
    for line in (folder / "ldnoobw" / f"{stem}.txt").read_text(encoding="utf-8").splitlines():
        if line.strip():
            yield Draft(line, LDNOOBW)


def drafts(folder: Path, language: str) -> Iterator[Draft]:
    """Every draft of a language, the most trusted source first."""
    if language == "en":
        yield from surge(folder)
        yield from dsojevic(folder)
    yield from ldnoobw(folder, language)


def _surge_category(name: str, root: str) -> Category | None:
    if name == "sexual anatomy / sexual acts":
        return OBSCENITY if root in _SWEAR_WORDS else SEXUAL
    if name == "sexual orientation / gender":
        return HATE if root in _ORIENTATION else INSULT
    return _SURGE.get(name)
