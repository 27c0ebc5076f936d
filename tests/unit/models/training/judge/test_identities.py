"""The term of a filled-in template is found again."""

import gzip
from pathlib import Path

import pytest

from models.training.judge import identities
from models.training.judge.identities import phrases, terms

EN = """template,toxicity,phrase
am_identity,nontoxic,I am american
am_identity,nontoxic,I am african american
am_identity,nontoxic,I am Sikh
am_hate_adj,toxic,I hate american
you_are,nontoxic,You are a lovely African American person
you_are,toxic,You are a dumb sikh and american
you_are,toxic,Americana is dull
both,toxic,I am told
both,nontoxic,I am told
"""
ZH = """template,toxicity,phrase
am_identity,nontoxic,我是一名女同性恋
am_identity,nontoxic,我是同性恋
hate_identity,toxic,我讨厌女同性恋
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "conversationai-bias"
    folder.mkdir()
    for name, text in (
        ("en_sentence_templates", EN),
        ("en_intersectional_madlibs", EN[: EN.index("\n") + 1]),
        ("zh-cn_sentence_templates", ZH),
    ):
        with gzip.open(folder / f"{name}.csv.gz", "wt", encoding="utf-8") as file:
            file.write(text)
    return tmp_path


def test_the_terms_are_what_is_left_of_the_bare_carrier(data: Path) -> None:
    assert terms(data, "en") == {"american", "african american", "sikh"}
    assert terms(data, "zh") == {"女同性恋", "同性恋"}


def test_a_phrase_belongs_to_the_longest_whole_words_in_it(data: Path) -> None:
    found = {phrase.text: phrase.terms for phrase in phrases(data, "en")}
    assert found["You are a lovely African American person"] == ("african american",)
    assert found["You are a dumb sikh and american"] == ("sikh", "american")
    assert found["Americana is dull"] == ()
    assert {phrase.terms for phrase in phrases(data, "zh") if phrase.toxic} == {("女同性恋",)}


def test_a_phrase_that_is_labelled_both_ways_is_left_out(data: Path) -> None:
    assert "I am told" not in {phrase.text for phrase in phrases(data, "en")}


def test_every_language_has_files_and_a_carrier_with_one_place_for_the_term() -> None:
    assert len(identities.LANGUAGES) == 10
    for files in identities.LANGUAGES.values():
        assert files.names
        assert files.carrier.groups == 1
