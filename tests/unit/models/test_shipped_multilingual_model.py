"""The shipped model for other languages than English: silent where nothing is said, and not deaf."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import yaml

from models import manifest
from models.text import text_lane
from models.text.lane import TextLane
from models.text.normalise import normalise
from models.text.onnx import OnnxTextClassifier
from moderation.events import LaneResult, Post, Scored, Source
from moderation.settings import Settings

FOLDER = manifest.SHIPPED / "text-multilingual"
HARMLESS: dict[str, list[str]] = yaml.safe_load((Path(__file__).parent / "text" / "harmless.yaml").read_text())
TAUGHT = Path(__file__).parents[3] / "models" / "training" / "readers" / "everyday.yaml"
LABELLED = 0.65
"""The least score of a category upon which the shipped policy labels or removes."""
# Insults that hardly hang on a single rude word of a list.
HARMFUL = {
    "de": "Halt die Fresse du dummes Arschloch, verpiss dich aus unserem Land",
    "zh": "黑人都是垃圾，恶心死了，滚出中国",
    "pt": "vai se foder seu viado filho da puta",
    "ko": "미친 새끼 꺼져라 병신아",
    "ar": "انت كلب حقير وغبي يا حيوان",
    "fr": "ferme ta gueule sale pute, tu me dégoûtes, va te faire foutre",
    "ur-Latn": "tum kutte ke bache ho randi ki aulad",
}


@pytest.fixture(scope="module")
def classifier() -> OnnxTextClassifier:
    return OnnxTextClassifier(FOLDER, Settings(provider="cpu", sessions=1))


def score(classifier: OnnxTextClassifier, texts: list[str]) -> np.ndarray:
    """Of single-window texts, shape (len(texts), categories)."""
    rows = [prepared.rows[0] for prepared in classifier.prepare([normalise(text) for text in texts])]
    return classifier.finish(classifier.run(rows, 0))


@pytest.mark.parametrize("language", HARMLESS)
def test_everyday_phrases_have_no_high_score(classifier: OnnxTextClassifier, language: str) -> None:
    scores = score(classifier, HARMLESS[language])
    assert len(scores) == 30
    high = [text for text, highest in zip(HARMLESS[language], scores.max(axis=1), strict=True) if highest >= LABELLED]
    assert high == []


@pytest.mark.parametrize("language", HARMLESS)
def test_none_of_the_phrases_was_trained_on(language: str) -> None:
    content = yaml.safe_load(TAUGHT.read_text(encoding="utf-8"))[language]
    taught = {*content["plain"], *(frame.format(term) for frame in content["frames"] for term in content["terms"])}

    def letters(text: str) -> str:
        return "".join(filter(str.isalpha, text.lower()))

    assert not {letters(text) for text in taught} & {letters(text) for text in HARMLESS[language]}


@pytest.mark.parametrize("language", HARMFUL)
def test_a_plain_insult_scores_high_above_any_everyday_phrase(classifier: OnnxTextClassifier, language: str) -> None:
    toxicity = classifier.categories.index(classifier.manifest.labels["toxicity"])
    [harmful] = score(classifier, [HARMFUL[language]])[:, toxicity]
    assert harmful >= LABELLED
    assert harmful > score(classifier, HARMLESS[language])[:, toxicity].max() + 0.1


def test_a_text_scores_exactly_the_same_alone_as_in_any_batch(classifier: OnnxTextClassifier) -> None:
    texts = [text * repeats for texts in HARMLESS.values() for text, repeats in zip(texts, range(1, 31), strict=True)]
    rows = [row for prepared in classifier.prepare([normalise(text) for text in texts]) for row in prepared.rows]
    together = classifier.run(rows, 0)
    alone = np.concatenate([classifier.run([row], 0) for row in rows])
    assert (together == alone).all()


@pytest.fixture(scope="module")
def lane() -> Iterator[TextLane]:
    lane = text_lane(Settings(provider="cpu", sessions=1))
    yield lane
    asyncio.run(lane.close())


def test_with_the_default_settings_each_language_has_its_model(lane: TextLane) -> None:
    texts = ["I hope you have a lovely day", *HARMFUL.values(), "今日はとても天気がいいですね"]
    source = Source.model_validate({"topic": "t", "partition": 0, "offset": 0, "time": "2026-01-01T00:00:00Z"})
    records = [
        Scored(post=Post(post_id="p", text=text), source=source, lanes={"text": LaneResult(state="pending")})
        for text in texts
    ]
    scored = asyncio.run(lane.score(records))
    models = [each.lanes["text"].models.get("text.toxicity", "").split("@")[0] for each in scored]
    assert models == ["text-minilm", *["text-multilingual"] * len(HARMFUL), ""]
    assert [each.attributes["text.understood"] for each in scored] == [True] * (len(texts) - 1) + [False]
    assert [each.attributes["text.language"] for each in scored[1:-1]] == list(HARMFUL)
    chinese = scored[1 + list(HARMFUL).index("zh")]
    assert "text.hate" not in chinese.signals
