"""The grammar as a training set like the others: what it quotes and what it calls people comes from the data."""

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path

from pydantic import Field

from models.training.examples import Example, rows, written
from models.training.grammar.grammar import grammar
from models.training.readers.reader import Options, SetReader

_SETS = SetReader(lambda folder: iter(()), ("lexicons", "hatemoji", "edos", "stormfront"))
_SLUR_TAGS = {"racial", "lgbtq"}
_SLUR_SEVERITY = 3
_ONE_WORD = re.compile("[a-z]{3,}")
# Tagged as slurs, but as often or more often a plain word, a self-description or a joke.
_NO_SLURS = {"bicon", "cishet", "gaysian", "twink", "futanari", "enby", "hermie", "otter", "femboy", "spook", "leso"}


class Count(Options):
    """`grammar: {count: 24000}` in a recipe."""

    count: int = Field(24_000, ge=1, description="sentences drawn; those drawn twice are left out")


class GrammarReader:
    """`models.training.readers.Reader` of generated sentences."""

    options = Count
    language = "en"

    def files(self, folder: Path, options: Count) -> list[Path]:
        """The files of slurs and quoted posts. Raises `ConfigurationError` where they are not there."""
        return _SETS.files(folder, Options())

    def read(self, folder: Path, options: Count, seed: int) -> Iterator[Example]:
        return grammar(options.count, seed, list(_slurs(folder)), list(_hateful_posts(folder)))


def _slurs(folder: Path) -> Iterator[str]:
    """Single words of the lexicon that attack people for their origin or orientation."""
    with gzip.open(folder / "lexicons" / "dsojevic_en.json.gz", "rt", encoding="utf-8") as file:
        for entry in json.load(file):
            if _SLUR_TAGS & set(entry["tags"]) and entry["severity"] >= _SLUR_SEVERITY:
                words = [word.replace("*", "") for word in entry["match"].split("|")]
                yield from (word for word in words[:1] if _ONE_WORD.fullmatch(word) and word not in _NO_SLURS)


def _hateful_posts(folder: Path) -> Iterator[str]:
    """Hateful posts of the training splits, to be quoted by those who answer them."""
    for row in rows(folder / "hatemoji" / "build_train.csv.gz"):
        if row["label_gold"] == "1":
            yield written(row["text"])
    for row in rows(folder / "edos" / "edos_labelled_aggregated.csv.gz"):
        if row["split"] == "train" and row["label_sexist"] == "sexist":
            yield written(row["text"])
    for row in rows(folder / "stormfront" / "stormfront_sentences.tsv.gz", delimiter="\t"):
        if row["label"] == "hate":
            yield written(row["text"])
