"""What a record gets from the lexicon: signals, and evidence that a reviewer can read in the text as written."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.text.lexicon import Findings, findings, shipped
from models.text.lexicon.findings import MOST_EVIDENCE
from models.text.normalise import normalise
from models.training.disguises import disguised

HARMLESS = ["we", "met", "near", "the", "old", "station", "yesterday", "evening", "and", "talked", "for", "hours"]
TERMS = ["fuck", "faggot", "wanker", "motherfucker", "shithead", "bullshit", "bastard"]


def of(text: str, language: str = "en", declared: str | None = None) -> Findings:
    lexicon = shipped()
    return findings(lexicon, text, lexicon.find(normalise(text), language), language, declared)


def marked(text: str, language: str = "en") -> list[tuple[str, str | None]]:
    """What evidence points at, with its label."""
    return [
        (text[each.start : each.end], each.label)
        for each in of(text, language).evidence
        if each.start is not None and each.end is not None
    ]


@pytest.mark.parametrize(
    ("text", "part", "label"),
    [
        ("Well, FUCK.", "FUCK", "en:fuck"),
        ("so f u c k all", "f u c k", "en:fuck"),
        ("so \u200bf\u200bu\u200bc\u200bk\u200b", "f\u200bu\u200bc\u200bk", "en:fuck"),
        ("  so   fuuuuuuck,  then", "fuuuuuuck", "en:fuck"),
        ("so sh1t, then", "sh1t", "en:shit"),
        ("https://example.org/a-long-page you ｆｕｃｋ", "ｆｕｃｋ", "en:fuck"),
        ("Hi @somebody: son\n of   a bitch!", "son\n of   a bitch", "en:son of a bitch"),
        ("a she-male b", "she-male", "en:she male"),
    ],
)
def test_evidence_is_the_term_as_it_was_written(text: str, part: str, label: str) -> None:
    assert (part, label) in [(found.strip("\u200b"), name) for found, name in marked(text)]


def test_evidence_names_the_signal_and_the_severity_of_its_term() -> None:
    found = of("a shithead and a fag")
    assert [(each.signal, each.value, each.label, each.start, each.end) for each in found.evidence] == [
        ("text.lexicon.hate", 0.9, "en:fag", 17, 20),
        ("text.lexicon.insult", 0.6, "en:shithead", 2, 10),
        ("text.lexicon.obscenity", 0.6, "en:shithead", 2, 10),
    ]
    assert found.signals == {
        "text.lexicon.hate": 0.9,
        "text.lexicon.insult": 0.6,
        "text.lexicon.obscenity": 0.6,
        "text.lexicon.sexual": 0.0,
    }


@settings(deadline=None)
@given(
    st.lists(st.sampled_from([*HARMLESS, *TERMS]), min_size=1, max_size=15),
    st.sampled_from([" ", "  ", ", ", "\n", " \u200b", "! "]),
    st.integers(0, 1000),
)
def test_evidence_holds_its_term_however_it_is_disguised(words: list[str], separator: str, seed: int) -> None:
    text = separator.join(disguised(" ".join(words), random.Random(seed)).split(" "))
    lexicon = shipped()
    terms = lexicon.find(normalise(text), "en")
    for each in findings(lexicon, text, terms, "en").evidence:
        if each.start is not None and each.end is not None:
            inside = lexicon.find(normalise("see " + text[each.start : each.end]), "en")
            assert each.label in [term.label for term in inside]
            assert each.value in [term.severity for term in inside]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.one_of(st.text(max_size=15), st.sampled_from(TERMS), st.text("fuckҠ́ḱ\u200b ﷺ½ß操", max_size=12)), max_size=10
    )
)
def test_no_text_breaks_it_and_places_lie_in_the_text(parts: list[str]) -> None:
    text = " ".join(parts)
    for each in of(text).evidence:
        assert (each.start is None) == (each.end is None)
        assert each.start is None or (each.end is not None and 0 <= each.start < each.end <= len(text))


@given(st.lists(st.sampled_from([*HARMLESS, *TERMS]), min_size=1, max_size=30))
def test_in_plain_text_every_place_is_exact(words: list[str]) -> None:
    for part, label in marked(" ".join(words)):
        assert f"en:{part}" == label


@pytest.mark.parametrize("piece", ["wanker fuck faggot ", "f\u200buck ", "wа\u0301nkеr ", "ƒ̶u̶c̶k̶ shit "])
def test_a_hostile_text_has_little_evidence_and_its_worst_term_first(piece: str) -> None:
    found = of((piece * (50_000 // len(piece)))[:50_000] + " you nigger")
    assert len(found.evidence) <= MOST_EVIDENCE
    assert (found.evidence[0].value, found.evidence[0].label) == (1.0, "en:nigger")


def test_the_language_that_the_platform_declared_decides_where_none_was_identified() -> None:
    assert of("fitta fag", "und").signals["text.lexicon.hate"] == 0.0
    assert [each.label for each in of("you fag", "und", "en-GB").evidence] == ["en:fag"]
    assert of("et nytt fag", "und", "nb-NO").evidence == ()
    assert of("et nytt fag", "no", "en").evidence == ()  # what was identified stands
    assert of("you fag", "und", "not a language").signals == of("hello", "und").signals
