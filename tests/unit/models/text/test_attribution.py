"""The words shown for a score are those that make it: taken out, the score falls. On the shipped model."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models import manifest
from models.runtime.classifier import Array, Prepared, Row
from models.stub import Stub
from models.text.attribution import HIGH, attribute
from models.text.explanation import Attribution, Explanation
from models.text.normalise import normalise
from models.text.onnx import OnnxTextClassifier
from models.text.scorer import MAX_CHARACTERS
from models.text.units import units
from moderation import samples
from moderation.errors import ModelError
from moderation.settings import Settings
from moderation.taxonomy import Category

HARMFUL = [
    ("You are a fucking idiot and everybody hates you.", Category.TOXICITY, "fucking"),
    ("You are a stupid idiot", Category.INSULT, "idiot"),
    ("What is this, you asshole?", Category.OBSCENITY, "asshole"),
    ("You are such a stupid id1ot", Category.INSULT, "id1ot"),
    ("we all know you are an i d i o t here", Category.INSULT, "i d i o t"),
]
HARMLESS = [
    "Good morning everyone, the meeting starts at ten.",
    "Thanks for your help, that fixed the problem.",
    "My sister is visiting us next week.",
    "The article describes the history of the town.",
]
FILLER = "The committee met on Tuesday to discuss the budget for the coming year. "
HOSTILE = {
    "zero width": "you \u200bi\u200bd\u200bi\u200bo\u200bt\u200b " * 15,
    "bidi": "مرحبا \u202eidiot\u202c " * 15,
    "emoji": "😀👩‍👩‍👧🏳️‍🌈 idiot " * 10,
    "marks": "i" + "\u0301" * 3000 + "diot",
    "one word": "idiot" * 2000,
    "surrogates": "idiot \ud800 \udfff",
    "control": "you\x00 are\x1b[31m an \x7fidiot",
    "chinese": "你是一个白痴" * 12,
    "blanks": " \u2800\t\n" * 2000 + "idiot",
    "invisible only": "\u200b" * 5000,
    "nothing": "",
}


@pytest.fixture(scope="module")
def classifier() -> OnnxTextClassifier:
    return OnnxTextClassifier(manifest.find("text-minilm"), Settings(provider="cpu", sessions=1))


class Weighing(Stub):
    """Of a text, the log-odds of the score are those of its words, pooled; 0 for a word that has none."""

    categories = (Category.TOXICITY,)

    def __init__(self, words: Mapping[str, float], pooled: Callable[[Iterable[float]], float]) -> None:
        super().__init__(sessions=1)
        self._words, self._pooled = words, pooled

    def prepare(self, texts: Sequence[str]) -> list[Prepared]:
        return [Prepared([[*map(ord, text)]]) for text in texts]

    def run(self, rows: Sequence[Row], session: int) -> Array:
        texts = ["".join(map(chr, row)) for row in rows]
        return np.array([[self._pooled(self._words.get(word, 0.0) for word in text.split())] for text in texts])

    def finish(self, logits: Array) -> Array:
        return _sigmoid(logits)


def _sigmoid(logits: Any) -> Any:
    return 1 / (1 + np.exp(-logits))


def score(classifier: OnnxTextClassifier, text: str, category: Category) -> float:
    """As the text lane scores a post, without what `attribute` uses."""
    rows = classifier.prepare([normalise(text)])[0].rows if normalise(text) else []
    found = [classifier.finish(classifier.run([row], 0))[0] for row in rows]
    return float(max((each[classifier.categories.index(category)] for each in found), default=0.0))


def without(text: str, start: int, end: int) -> str:
    return text[:start] + text[end:]


def sample_texts() -> list[str]:
    posts = []
    for line in samples.lines():
        try:
            posts.append(json.loads(line))
        except ValueError:
            continue
    texts = [post.get("text") for post in posts if isinstance(post, dict)]
    return [text for text in texts if isinstance(text, str) and len(text) < 120]


def check_top(classifier: OnnxTextClassifier, text: str, each: Explanation) -> None:
    """What is said of the strongest words is so."""
    assert each.passage == (0, len(text))
    assert each.score == each.passage_score == pytest.approx(score(classifier, text, each.category), abs=1e-9)
    for part in (*(step.part for step in each.raising), *each.lowering):
        left = score(classifier, without(text, part.start, part.end), each.category)
        assert each.score - left == pytest.approx(part.probability, abs=1e-9)
    if each.raising:
        top = each.raising[0].part
        assert score(classifier, without(text, top.start, top.end), each.category) < each.score


@pytest.mark.parametrize(("text", "category", "word"), HARMFUL)
def test_the_words_that_harm_are_shown(
    classifier: OnnxTextClassifier, text: str, category: Category, word: str
) -> None:
    [found] = attribute(classifier, text, [category]).explanations
    assert word in " ".join(text[step.part.start : step.part.end] for step in found.raising)
    assert found.score >= HIGH > found.remaining


def test_taking_out_the_top_words_lowers_the_score_of_every_sample(classifier: OnnxTextClassifier) -> None:
    explained = 0
    for text in sample_texts():
        for each in attribute(classifier, text).explanations:
            check_top(classifier, text, each)
            if each.score >= HIGH:
                assert each.raising, text
                assert each.remaining < each.score
                explained += 1
    assert explained > 10


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from([*HARMLESS, *(text for text, _, _ in HARMFUL), *FILLER.split()[:4]]), min_size=1, max_size=3
    )
)
def test_taking_out_the_top_words_lowers_the_score_of_any_text(
    classifier: OnnxTextClassifier, parts: list[str]
) -> None:
    text = " ".join(parts)
    for each in attribute(classifier, text).explanations:
        check_top(classifier, text, each)


def test_words_that_say_the_same_are_found_after_each_other() -> None:
    """Alone, neither matters much: the other one is enough for the score."""
    model = Weighing({"fool": 3.0, "clown": 2.9}, pooled=max)
    [found] = attribute(model, "you fool and you clown here").explanations
    assert ["you fool and you clown here"[step.part.start : step.part.end] for step in found.raising] == [
        "fool",
        "clown",
    ]
    assert [round(step.left, 3) for step in found.raising] == [round(_sigmoid(2.9), 3), 0.5]


def test_words_of_which_any_is_enough_are_found_as_one() -> None:
    model = Weighing({"fool": 3.0}, pooled=max)
    text = "so fool fool fool fool it is"
    [found] = attribute(model, text).explanations
    assert text[found.raising[0].part.start : found.raising[-1].part.end].count("fool") == 4
    assert found.remaining == 0.5


def test_words_that_speak_against_the_score_are_told_apart() -> None:
    model = Weighing({"fool": 3.0, "not": -2.0, "really": 0.01}, pooled=sum)
    text = "you are not really a fool"
    [found] = attribute(model, text, [Category.TOXICITY]).explanations
    assert [text[step.part.start : step.part.end] for step in found.raising] == ["fool"]
    assert [text[part.start : part.end] for part in found.lowering] == ["not"]
    assert [round(part.log_odds, 3) for part in found.words] == [0, 0, -2, 0.01, 0, 3]


@pytest.mark.parametrize("filler", HARMLESS)
def test_harmless_words_matter_little_beside_harmful_ones(classifier: OnnxTextClassifier, filler: str) -> None:
    text = f"{filler} Shut up, you stupid asshole."
    [found] = attribute(classifier, text, [Category.INSULT]).explanations
    assert found.raising[0].part.start >= len(filler)
    assert all(abs(word.probability) < 0.1 for word in found.words if word.end <= len(filler))


@pytest.mark.parametrize(("text", "category", "word"), HARMFUL)
def test_single_words_rank_as_in_a_slow_search_through_all_of_them(
    classifier: OnnxTextClassifier, text: str, category: Category, word: str
) -> None:
    own = score(classifier, text, category)
    slow = {span: own - score(classifier, without(text, *span), category) for span in units(text)}
    [found] = attribute(classifier, text, [category]).explanations
    assert {part.span: pytest.approx(part.probability, abs=1e-9) for part in found.words} == slow


def test_in_a_long_window_the_strongest_words_are_those_of_the_slow_search(
    classifier: OnnxTextClassifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With fewer words examined one by one, runs of words are chosen first, as in windows of 512 tokens."""
    monkeypatch.setattr("models.text.attribution.MOST_WORDS", 12)
    text = FILLER + "Shut up, you stupid asshole. " + FILLER
    slow = {
        span: score(classifier, text, Category.INSULT) - score(classifier, without(text, *span), Category.INSULT)
        for span in units(text)
    }
    [found] = attribute(classifier, text, [Category.INSULT]).explanations
    fast = {part.span: part.probability for part in found.words}
    best = sorted(slow, key=lambda span: -slow[span])[:2]
    assert set(best) <= set(fast)
    assert len(fast) <= 12
    order = [span for span in sorted(slow, key=lambda span: -slow[span]) if span in fast]
    ranks = [sorted(fast, key=lambda span: -fast[span]).index(span) for span in order]
    assert np.corrcoef(ranks, range(len(ranks)))[0, 1] == pytest.approx(1)


def test_in_a_text_of_many_windows_the_deciding_part_is_examined(classifier: OnnxTextClassifier) -> None:
    harm = "Shut up, you stupid asshole. "
    text = FILLER * 12 + harm + FILLER * 12
    [found] = attribute(classifier, text, [Category.INSULT]).explanations
    assert found.score == pytest.approx(score(classifier, text, Category.INSULT), abs=1e-9)
    assert found.passage[0] <= len(FILLER) * 12 < found.passage[1]
    top = found.raising[0].part
    assert text[top.start : top.end] in harm
    assert score(classifier, without(text, top.start, top.end), Category.INSULT) < found.score


def test_what_the_model_did_not_read_is_no_evidence(classifier: OnnxTextClassifier) -> None:
    text = FILLER * 300 + "Shut up, you stupid asshole."
    [found] = attribute(classifier, text[:MAX_CHARACTERS], [Category.INSULT]).explanations
    cut = classifier.prepare([normalise(text[: found.passage[1]])])[0]
    assert not cut.truncated
    assert found.score < 0.1


@pytest.mark.parametrize("text", [FILLER * 700, "ab" * 30_000, "这" * 50_000], ids=["prose", "one word", "chinese"])
def test_the_cost_is_bounded_however_long_the_text(classifier: OnnxTextClassifier, text: str) -> None:
    assert attribute(classifier, text, [Category.TOXICITY]).variants < 1000


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_texts_are_explained_too(classifier: OnnxTextClassifier, text: str) -> None:
    found = attribute(classifier, text, [Category.TOXICITY])
    assert bool(found.explanations) == bool(normalise(text))
    for each in found.explanations:
        for step in each.raising:
            assert 0 <= each.passage[0] <= step.part.start < step.part.end <= each.passage[1] <= len(text)
    for evidence in found.evidence():
        assert evidence.signal == "text.toxicity"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=60))
def test_any_text_gives_the_same_explanation_twice(classifier: OnnxTextClassifier, text: str) -> None:
    assert attribute(classifier, text) == attribute(classifier, text)


def test_evidence_adds_up_to_what_is_lost(classifier: OnnxTextClassifier) -> None:
    text = HARMFUL[0][0]
    found = attribute(classifier, text)
    for each in found.explanations:
        values = [item.value for item in found.evidence() if item.signal == f"text.{each.category}"]
        assert sum(values) == pytest.approx(each.score - each.remaining, abs=1e-5)


def test_any_classifier_can_be_explained() -> None:
    found: Attribution = attribute(Stub(), "some words of a post", [Category.SPAM])
    assert found.model == "stub@1"
    assert [each.category for each in found.explanations] == [Category.SPAM]


def test_a_category_that_the_model_does_not_score_is_refused(classifier: OnnxTextClassifier) -> None:
    with pytest.raises(ValueError, match=r"text-minilm@.+ does not score weapon"):
        attribute(classifier, "a text", [Category.WEAPON])


def test_a_model_that_fails_says_so(make_model: Callable[..., Path]) -> None:
    broken = OnnxTextClassifier(make_model(forbidden="idiot"), Settings(provider="cpu", sessions=1))
    with pytest.raises(ModelError, match="not a number for a variant"):
        attribute(broken, "you are a idiot")
