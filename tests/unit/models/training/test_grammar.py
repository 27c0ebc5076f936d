"""Generated sentences: every symbol filled, identities in equal shares on both sides, the same for the same seed."""

import gzip
import json
from collections import Counter
from pathlib import Path

import pytest
import yaml

from models.training import grammar as package
from models.training.examples import HEADS, Example
from models.training.grammar import grammar
from models.training.grammar.grammar import kinds
from models.training.readers import READERS
from moderation.errors import ConfigurationError

IDENTITIES = yaml.safe_load((Path(package.__file__).parent / "identities.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def drawn() -> list[Example]:
    return list(grammar(12_000, 3, ["slurword"], ["A post that somebody really wrote"]))


def test_every_symbol_is_filled_and_no_sentence_comes_twice(drawn: list[Example]) -> None:
    assert not [example.text for example in drawn if "{" in example.text or "}" in example.text]
    assert len({example.text for example in drawn}) == len(drawn) > 11_000


def test_labels_are_of_our_heads_and_both_sides_of_hate_are_there(drawn: list[Example]) -> None:
    assert {head for example in drawn for head in example.labels} <= set(HEADS)
    assert all(0 <= value <= 1 for example in drawn for value in example.labels.values())
    hateful = sum(example.labels["hate"] == 1 for example in drawn) / len(drawn)
    assert 0.35 < hateful < 0.5


def test_no_identity_stands_for_hate(drawn: list[Example]) -> None:
    said: Counter[tuple[str, bool]] = Counter()
    for example in drawn:
        for plural, _, _ in IDENTITIES:
            if f" {plural} " in f" {example.text} ":
                said[plural, example.labels["hate"] == 1] += 1
    for plural in ("lesbians", "Muslims", "Jews", "trans people", "immigrants", "deaf people"):
        hateful, harmless = said[plural, True], said[plural, False]
        assert hateful > 10
        assert 0.3 < hateful / (hateful + harmless) < 0.7


def test_the_same_arguments_give_the_same_examples() -> None:
    assert list(grammar(500, 1, ["slurword"])) == list(grammar(500, 1, ["slurword"]))
    assert list(grammar(500, 1, ["slurword"])) != list(grammar(500, 2, ["slurword"]))


def test_without_slurs_and_posts_the_sentences_that_need_them_are_left_out() -> None:
    texts = [example.text for example in grammar(2_000, 0)]
    assert len(texts) > 1_900
    slurs = next(kind for kind in kinds() if kind.kind == "slur")
    needing = [template for template in slurs.templates if "{slur}" in template]
    assert needing == list(slurs.templates)


def test_as_a_training_set_it_takes_slurs_and_posts_from_the_data(tmp_path: Path) -> None:
    reader = READERS["grammar"]
    options = reader.options.model_validate({"count": 3_000})
    with pytest.raises(ConfigurationError, match="lexicons"):
        reader.files(tmp_path, options)
    _write_sets(tmp_path)
    assert len(reader.files(tmp_path, options)) == 4
    texts = [example.text for example in reader.read(tmp_path, options, seed=0)]
    assert any("slurword" in text for text in texts)
    assert any("really wrote" in text for text in texts)
    assert not any("bicon" in text for text in texts)


def _write_sets(folder: Path) -> None:
    entries = [
        {"match": "slurword|slurwords", "tags": ["racial"], "severity": 3},
        {"match": "bicon", "tags": ["lgbtq"], "severity": 3},
        {"match": "mildword", "tags": ["racial"], "severity": 1},
    ]
    tables = {
        "lexicons/dsojevic_en.json": json.dumps(entries),
        "hatemoji/build_train.csv": "text,label_gold\nA post that somebody really wrote,1\nharmless,0\n",
        "edos/edos_labelled_aggregated.csv": "text,split,label_sexist\nanother one,train,sexist\n",
        "stormfront/stormfront_sentences.tsv": "text\tlabel\na third\thate\n",
    }
    for name, content in tables.items():
        path = folder / f"{name}.gz"
        path.parent.mkdir()
        path.write_bytes(gzip.compress(content.encode()))
