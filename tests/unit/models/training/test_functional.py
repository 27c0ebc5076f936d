"""The functional tests of hate detection: what they hold, that they read as sentences, and that they stay held out."""

import hashlib
import re
from collections import Counter
from pathlib import Path

import pytest
import yaml

from models.training import functional, held_out
from models.training.examples import fingerprint
from models.training.functional import FOLDER, Case, Suite, forms, load, slurs
from models.training.functional.spelling import SPELLINGS, disguised

DIGEST = "b4deb14fab0a"
FILES = sorted([*(FOLDER / "hateful").glob("*.yaml"), *(FOLDER / "harmless").glob("*.yaml")])


@pytest.fixture(scope="module")
def whole() -> Suite:
    return load()


@pytest.fixture(scope="module")
def sentences() -> list[Case]:
    return functional.neutral()


def test_there_are_enough_cases_of_each_kind_and_group(whole: Suite) -> None:
    cases = whole.cases
    assert 2_500 <= len(cases) <= 4_000
    assert 0.67 <= sum(case.hateful for case in cases) / len(cases) <= 0.71
    assert min(Counter(case.functionality for case in cases).values()) >= 60
    by_group = Counter(case.group for case in cases)
    assert len(by_group) == 9
    assert max(by_group.values()) < 1.3 * min(count for group, count in by_group.items() if group)


def test_a_functionality_is_hateful_or_it_is_not(whole: Suite) -> None:
    kinds = {(case.functionality, case.hateful) for case in whole.cases}
    assert len(kinds) == len({name for name, _ in kinds}) == len(FILES) >= 28


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_functionality_has_at_least_a_dozen_templates(path: Path) -> None:
    templates = yaml.safe_load(path.read_text(encoding="utf-8"))["templates"].splitlines()
    assert len(set(templates)) == len(templates) >= 12


def test_no_word_of_the_shipped_lexicon_is_missing(whole: Suite) -> None:
    assert whole.skipped == 0


def test_without_a_lexicon_the_cases_that_need_a_slur_are_skipped_and_counted(whole: Suite, tmp_path: Path) -> None:
    bare = load(tmp_path / "en.tsv")
    assert bare.skipped == len(whole.cases) - len(bare.cases) > 0
    assert set(whole.cases) - set(bare.cases) == {
        case for case in whole.cases if case.functionality in ("slur", "reclaimed")
    }


def test_no_slur_is_spelled_in_the_templates() -> None:
    table = yaml.safe_load((FOLDER / "groups.yaml").read_text(encoding="utf-8")).values()
    digests = {digest for group in table for digest in (*group.get("slurs", ()), *group.get("reclaimed", ()))}
    words = {word for path in FILES for word in re.findall("[a-z]+", path.read_text(encoding="utf-8").lower())}
    assert digests.isdisjoint({slurs.digest(form) for word in words for form in (word, word.removesuffix("s"))})


def test_no_two_texts_are_alike(whole: Suite, sentences: list[Case]) -> None:
    texts = [case.text for case in (*whole.cases, *sentences)]
    assert len({fingerprint(text) for text in texts}) == len(texts)


def test_every_text_reads_as_a_sentence(whole: Suite, sentences: list[Case]) -> None:
    for case in (*whole.cases, *sentences):
        assert not re.search(r"[{}<>]|^\s|\s$|\bpeoples\b|persons", case.text), case
        if not case.functionality.startswith("spelling-"):
            assert "  " not in case.text, case
            assert not re.search(r"\ba [aeio]", case.text, re.IGNORECASE), case
            assert not re.search(r"\ban (?!hour|honest|[aeiou])", case.text, re.IGNORECASE), case


def test_names_keep_their_capitals_except_in_texts_of_small_letters(whole: Suite, sentences: list[Case]) -> None:
    for case in (*whole.cases, *sentences):
        if re.search(r"\b(muslim|jew|jewish|christian|russian)s?\b", case.text):
            assert case.text == case.text.lower(), case


def test_there_are_sixty_sentences_for_each_of_sixty_terms(sentences: list[Case]) -> None:
    assert len(sentences) == 3_600
    assert set(Counter(case.group for case in sentences).values()) == {60}
    assert not any(case.hateful for case in sentences)


def test_the_cases_are_those_of_earlier_results(sentences: list[Case], tmp_path: Path) -> None:
    """In any process, in this order. Whoever changes a template changes this digest, and measures anew."""
    cases = (*load(tmp_path / "no lexicon").cases, *sentences)
    assert hashlib.sha256(repr(cases).encode()).hexdigest()[:12] == DIGEST


def test_the_cases_are_held_out_of_training(whole: Suite, sentences: list[Case], tmp_path: Path) -> None:
    held = {example.text for example in held_out.EVALUATION["functional"](tmp_path)}
    held |= {example.text for example in held_out.EVALUATION["neutral-identity"](tmp_path)}
    assert held == {case.text for case in (*whole.cases, *sentences)}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{A singular} and {a other}.", "An owl and a Ukrainian."),
        ("{Plural}! {PLURAL}!", "Owls! OWLS!"),
        ("no {other}, no {plural}", "no ukrainian, no owls"),
        ("No {other}", "No Ukrainian"),
    ],
)
def test_placeholders_take_article_and_capitals(template: str, text: str) -> None:
    assert forms.fill(template, {"singular": "owl", "plural": "owls", "other": "Ukrainian"}) == text


def test_plurals_are_regular() -> None:
    assert [forms.plural(noun) for noun in ("Hindu", "lady", "day", "witch")] == ["Hindus", "ladies", "days", "witches"]


@pytest.mark.parametrize(
    ("spelling", "text"),
    [
        ("swapped", "All the garedns bloom"),
        ("masked", "All the g*rdens bloom"),
        ("leet", "All the g4rd3n5 bloom"),
        ("spaced", "All the g a r d e n s bloom"),
        ("joined", "All the gardens bloom"),
    ],
)
def test_only_what_is_marked_is_respelled(spelling: str, text: str) -> None:
    assert disguised("All the <<gardens>> bloom", spelling) == text


def test_a_swap_always_changes_a_word_of_four_letters_or_more() -> None:
    assert [SPELLINGS["swapped"](word) for word in ("gay", "Jews", "women", "killed")] == [
        "gay",
        "Jwes",
        "woemn",
        "kileld",
    ]
