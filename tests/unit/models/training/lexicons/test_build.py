"""Lists are built from the sources as the decisions say."""

import csv
import gzip
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from models.text.lexicon.terms import Scope, Term, read
from models.training.lexicons import build, stale
from moderation.cli.main import command
from moderation.errors import ConfigurationError
from moderation.taxonomy import Category

SURGE = [
    ("sh1t", "shit", "bodily fluids / excrement", "", 1.5),
    ("fag", "faggot", "sexual orientation / gender", "other / general insult", 2.4),
    ("hussy", "whore", "sexual orientation / gender", "", 1.2),
    ("wet blanket", "wet blanket", "racial / ethnic slurs", "", 3.0),
    ("a+b", "a", "political", "", 3.0),
]
DSOJEVIC = [
    {"id": "shit", "match": "sh*it|crud", "tags": ["general"], "severity": 2},
    {"id": "lewd", "match": "lewd|out-right lewd", "tags": ["sexual"], "severity": 3},
]
CURATION = """
en:
  terms: {"insult, obscenity 0.80": [hussy, mudblood*]}
  drop: [wet blanket]
  any: [shit]
  forms: {shit: [shyte]}
  exceptions: {lewd: [lewd acts act, lewdness*]}
fr:
  unassigned: keep
  terms: {"insult 0.60": [enculé, âne bâté]}
  drop: [pomme]
tr:
  unassigned: inherit
  terms: {"insult 0.70": [kaltak, "göt*"]}
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    (folder / "ldnoobw").mkdir(parents=True)
    with gzip.open(folder / "profanity_en.csv.gz", "wt", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            ["text", "canonical_form_1", *(f"category_{number}" for number in (1, 2, 3)), "severity_rating"]
        )
        writer.writerows((text, root, first, second, "", rating) for text, root, first, second, rating in SURGE)
    (folder / "dsojevic_en.json.gz").write_bytes(gzip.compress(json.dumps(DSOJEVIC).encode()))
    (folder / "ldnoobw" / "en.txt").write_text("shit\nWet  Blanket\nsmut\n\n")
    (folder / "ldnoobw" / "fr.txt").write_text("Enculé\npomme\nzut\n")
    (folder / "ldnoobw" / "tr.txt").write_text("kaltak\nkaltaklar\ngötler\nelma\n")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "lists"
    folder.mkdir()
    (folder / "curation.yaml").write_text(CURATION)
    return folder


def test_sources_are_merged_in_their_order_and_our_decisions_win(data: Path, folder: Path) -> None:
    assert build(data, folder) == {"en": 7, "fr": 3, "tr": 3}
    english = [term.term for term in read(folder / "en.tsv")]
    assert english == ["crud", "fag", "hussy", "lewd", "mudblood*", "out right lewd", "shit"]


def test_a_severity_is_that_of_the_most_trusted_source(data: Path, folder: Path) -> None:
    build(data, folder)
    english = {term.term: term for term in read(folder / "en.tsv")}
    shit = english["shit"]
    assert (shit.categories, shit.severity, shit.scope) == ((Category.OBSCENITY,), 0.5, Scope.ANY)
    assert shit.sources == ("surge", "dsojevic", "ldnoobw")
    assert {"shits", "shhit", "shyte"} <= set(shit.forms)
    assert english["fag"].categories == (Category.HATE, Category.INSULT)
    assert english["fag"].severity == 0.8
    assert english["crud"].severity == 0.5
    assert english["lewd"].severity == 0.5  # two thirds of three quarters
    assert english["lewd"].exceptions == ("lewd acts act", "lewdness*")
    assert english["hussy"] == Term(
        "en",
        "hussy",
        (Category.INSULT, Category.OBSCENITY),
        0.8,
        Scope.UNIDENTIFIED,
        ("hussies",),
        sources=("surge",),
    )
    assert english["mudblood*"].sources == ("ours",)


def test_what_nobody_judged_is_kept_dropped_or_inherits(data: Path, folder: Path) -> None:
    build(data, folder)
    french = {term.term: (term.severity, term.forms) for term in read(folder / "fr.tsv")}
    assert french == {"zut": (0.5, ()), "enculé": (0.6, ("encule",)), "âne bâté": (0.6, ("ane bate",))}
    turkish = {term.term: (term.severity, term.sources) for term in read(folder / "tr.tsv")}
    assert turkish == {
        "kaltak": (0.7, ("ldnoobw",)),
        "kaltaklar": (0.7, ("ldnoobw",)),
        "göt*": (0.7, ("ldnoobw", "ours")),
    }
    assert "smut" not in {term.term for term in read(folder / "en.tsv")}


@pytest.mark.parametrize(
    ("curation", "message"),
    [
        ("en: {any: [nothing]}", "en: scope or exceptions of what is no term: nothing"),
        ("en: {forms: {nothing: [x]}}", "en: forms of what is no term: nothing"),
        ("en: {terms: {rude 0.5: [x]}}", "'rude 0.5': write categories and a severity, such as 'hate, insult 0.70'"),
        ("en: {terms: {hate 1.50: [x]}}", "'hate 1.50': write categories and a severity"),
        ("en: {dropped: [x]}", "dropped"),
        ("en: [", "curation.yaml"),
    ],
)
def test_a_decision_that_cannot_be_meant_is_refused(data: Path, folder: Path, curation: str, message: str) -> None:
    (folder / "curation.yaml").write_text(curation)
    with pytest.raises(ConfigurationError, match=message):
        build(data, folder)


def test_the_verb_builds_and_checks(data: Path, folder: Path) -> None:
    def run(*options: str) -> tuple[int, str]:
        arguments = ["models", "lexicon", "--data", str(data), "--folder", str(folder), *options]
        result = CliRunner().invoke(command, arguments)
        return result.exit_code, result.output + str(result.exception or "")

    code, output = run("--check")
    assert code == 1
    assert "stale: en, fr, tr" in output
    assert run() == (0, f"13 terms in 3 languages written to {folder}\n")
    assert stale(data, folder) == []
    assert run("--check")[0] == 0
    (folder / "fr.tsv").write_text((folder / "fr.tsv").read_text().replace("0.50", "0.40"))
    assert "stale: fr" in run("--check")[1]
