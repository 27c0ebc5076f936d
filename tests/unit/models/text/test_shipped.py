"""Every text model that comes with this package keeps the promises of serving."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import manifest
from models.text import text_lane
from models.text.lane import TextLane
from models.text.onnx import OnnxTextClassifier
from moderation.events import LaneResult, Post, Scored, Source
from moderation.settings import Settings

NOW = "2026-01-01T00:00:00Z"
FOLDERS = sorted(path.parent for path in manifest.SHIPPED.glob("text-*/manifest.yaml"))
SENTENCES = [
    "You are a lovely person and I enjoyed reading this.",
    "Shut up, you stupid idiot.",
    "Buy cheap pills now, limited offer, click here!!!",
    "I will find you and hurt you",
    "Das ist ja wohl das Letzte.",
    "ok",
    "这是一个测试句子",
    "The committee met on Tuesday to discuss the budget for the coming year. " * 8,
]


def record(text: str) -> Scored:
    return Scored.model_validate(
        {
            "post": Post(post_id="p", text=text),
            "source": Source.model_validate({"topic": "posts", "partition": 0, "offset": 0, "time": NOW}),
            "lanes": {"text": LaneResult(state="pending")},
        }
    )


@pytest.fixture(scope="module", params=FOLDERS, ids=lambda folder: folder.name)
def lane(request: pytest.FixtureRequest) -> Iterator[TextLane]:
    folder: Path = request.param
    lane = text_lane(Settings(text_model=str(folder), provider="cpu", sessions=2, cache_texts=0))
    yield lane
    asyncio.run(lane.close())


def test_a_text_model_is_shipped() -> None:
    assert FOLDERS


@settings(max_examples=5, deadline=None)
@given(st.permutations(SENTENCES), st.integers(1, len(SENTENCES)))
def test_a_score_does_not_depend_on_its_neighbours(lane: TextLane, texts: list[str], count: int) -> None:
    records = [record(text) for text in texts[:count]]

    async def alone() -> list[Scored]:
        return [(await lane.score([each]))[0] for each in records]

    together = asyncio.run(lane.score(records))
    assert [each.signals for each in together] == [each.signals for each in asyncio.run(alone())]


def test_a_score_is_a_probability_of_every_category_taught_in_the_language(lane: TextLane) -> None:
    classifier = lane.scorer.classifier
    assert isinstance(classifier, OnnxTextClassifier)
    spec = classifier.manifest
    for scored in asyncio.run(lane.score([record(text) for text in SENTENCES])):
        assert scored.lanes["text"].state == "scored"
        labels = spec.taught.get(str(scored.attributes["text.language"]), tuple(spec.labels))
        expected = {f"text.{spec.labels[label]}" for label in labels}
        assert {signal for signal in scored.signals if not signal.startswith("text.lexicon.")} == expected
        assert all(0 <= value <= 1 for value in scored.signals.values())
