"""Sentence templates with identity terms (Jigsaw's Sentence Templates), and the term that each phrase was made with.

The files hold the phrase, the name of its template and whether it is toxic, but not the term. One template of
each file is the term in a bare carrier ("I am X"): what is left of its phrases without the carrier are the terms
of the language, and a phrase belongs to every term that stands in it as a whole word, the longest first
("african american" is not "american").
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from models.training.examples import rows

_BARE = re.compile("i?_?am_(?:identity|hate_adj)", re.IGNORECASE)
"""Names of the templates that hold the bare term, where they are not toxic ("I am X")."""


@dataclass(frozen=True, slots=True)
class _Files:
    names: tuple[str, ...]
    carrier: re.Pattern[str]
    words: bool = True
    """Whether words are parted by blanks."""


LANGUAGES: dict[str, _Files] = {
    "ar": _Files(("arabic_madlibs",), re.compile("أنا (.+)")),
    "de": _Files(("de_sentence_templates", "german_intersectional_madlibs"), re.compile("Ich bin (.+)")),
    "en": _Files(("en_sentence_templates", "en_intersectional_madlibs"), re.compile("I am (.+)")),
    "es": _Files(("spanish_intersectional_madlibs",), re.compile("Yo soy (.+)")),
    "hi": _Files(("hi-Latn_sentence_templates", "hinglish_madlibs"), re.compile(r"m\w+ (.+) h\w+")),
    "it": _Files(("italian_intersectional_madlibs",), re.compile("lo sono (.+)")),
    "nl": _Files(("dutch_madlibs",), re.compile("Ik ben (?:een )?(.+)")),
    "pt": _Files(("portuguese_pt-br_intersectional_madlibs",), re.compile("Eu sou (.+)")),
    "ru": _Files(("russian_intersectional_madlibs",), re.compile("Я (.+)")),
    "zh": _Files(("zh-cn_sentence_templates",), re.compile("我是(?:一名)?(.+)"), words=False),
}
"""Language -> its files and the carrier of the bare term."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A filled-in template. `terms` are case-folded.

    There are none where it names an occupation, or a term that never stands alone (a twentieth of the Russian ones).
    """

    text: str
    toxic: bool
    template: str
    terms: tuple[str, ...]


def phrases(folder: Path, language: str) -> Iterator[Phrase]:
    """Every distinct phrase of a language, in file order; one that is labelled both ways is left out.

    `folder` holds the data sets. The German file repeats 555 of its "I am" phrases as toxic, by mistake.
    """
    files = LANGUAGES[language]
    toxic: dict[str, set[bool]] = defaultdict(set)
    templates: dict[str, str] = {}
    for row in _rows(folder, files):
        toxic[row["phrase"]].add(row["toxicity"] == "toxic")
        templates.setdefault(row["phrase"], row["template"])
    matcher = _matcher(terms(folder, language), files.words)
    for text, labels in toxic.items():
        if len(labels) == 1:
            found = tuple(dict.fromkeys(matcher.findall(text.casefold())))
            yield Phrase(text, labels.pop(), templates[text], found)


@cache
def terms(folder: Path, language: str) -> frozenset[str]:
    """The identity terms of a language, case-folded."""
    files = LANGUAGES[language]
    found = set()
    for row in _rows(folder, files):
        if _BARE.fullmatch(row["template"]) and row["toxicity"] != "toxic":
            match = files.carrier.fullmatch(row["phrase"].strip())
            if match:
                found.add(" ".join(match[1].casefold().split()))
    return frozenset(found)


def _matcher(terms: frozenset[str], words: bool) -> re.Pattern[str]:
    longest_first = "|".join(re.escape(term) for term in sorted(terms, key=lambda term: (-len(term), term)))
    return re.compile(rf"(?<![\w-])(?:{longest_first})(?![\w-])" if words else longest_first)


def _rows(folder: Path, files: _Files) -> Iterator[dict[str, str]]:
    for name in files.names:
        yield from rows(folder / "conversationai-bias" / f"{name}.csv.gz")
