"""What the model is shown in training is what the same text is shown as in serving."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from models.runtime.classifier import Array, Prepared, Row
from models.text.onnx import OnnxTextClassifier
from models.text.scorer import MAX_CHARACTERS, Scorer
from models.training import recipe as recipes
from models.training.dataset import load
from models.training.fine_tune import token_ids
from models.training.prepare import prepare
from models.training.prepare.sift import cleaned
from models.training.run import Run
from moderation.settings import Settings
from tests.training.conftest import RECIPE, MakeRecipe, Silent

MAX_LENGTH = RECIPE["plan"]["max_length"]
HOSTILE = [
    "yоu аre an id1ot",
    "y o u  a r e  f o o l s",
    "i\u200bd\u200bi\u200bo\u200bt\u200bs",
    "\u202estoidi\u202c",
    "fооооооооооооооls!!!!!!",
    "@anna, @bob: see http://x.example/?q=idiots and www.y.example",
    "ＩＤＩＯＴＳ ｉｎ ｔｈｅ ｇａｒｄｅｎ",
    "ⓘⓓⓘⓞⓣⓢ 𝔦𝔡𝔦𝔬𝔱𝔰",
    "z̸̢̛a̷l̵g̶o̸" * 30,
    "half a surrogate \ud83d and a whole 😀",
    "a\x00b\x07c\r\n\td\u2028e",
    "the neighbours are idiots " * 200,
    "x" * (MAX_CHARACTERS + 10),
    "名前 です 이름 اسم",
    "   ",
    "\u200b",
]


class Recording:
    """The real classifier of a model folder, of which every prepared text is kept."""

    def __init__(self, classifier: OnnxTextClassifier) -> None:
        self.classifier = classifier
        self.name, self.categories = classifier.name, classifier.categories
        self.sessions, self.batch_tokens = classifier.sessions, classifier.batch_tokens
        self.pad_to_multiple_of = classifier.pad_to_multiple_of
        self.prepared: list[Prepared] = []

    def prepare(self, texts: Sequence[str]) -> list[Prepared]:
        found = self.classifier.prepare(texts)
        self.prepared += found
        return found

    def run(self, rows: Sequence[Row], session: int) -> Array:
        return self.classifier.run(rows, session)

    def finish(self, logits: Array) -> Array:
        return self.classifier.finish(logits)


@pytest.fixture
def model(run: Run) -> Path:
    """A model folder with the tokenizer of the tiny backbone."""
    return run.model


def served(model: Path, text: str) -> list[list[int]]:
    """The first window that the text lane's scorer hands to the model; none where it finds nothing to read."""
    recording = Recording(OnnxTextClassifier(model, Settings(provider="cpu", sessions=1)))

    async def read() -> None:
        scorer = Scorer(recording)
        [reading] = await scorer.read([text])
        assert reading.values is not None or not recording.prepared
        await scorer.close()

    asyncio.run(read())
    return [list(prepared.rows[0]) for prepared in recording.prepared]


def trained_on(backbone: Path, text: str) -> list[list[int]]:
    kept = cleaned(text)
    return token_ids(backbone / "tokenizer.json", [kept], MAX_LENGTH) if kept else []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_categories=()), max_size=300))
@example(text="the neighbours are idiots")
def test_training_and_serving_see_the_same_tokens_of_any_text(model: Path, backbone: Path, text: str) -> None:
    assert trained_on(backbone, text) == served(model, text)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_training_and_serving_see_the_same_tokens_of_hostile_texts(model: Path, backbone: Path, text: str) -> None:
    assert trained_on(backbone, text) == served(model, text)


def test_texts_come_through_the_preparation_as_they_are_served(
    make_recipe: MakeRecipe, tmp_path: Path, model: Path, backbone: Path
) -> None:
    lines = [json.dumps({"body": text, "toxic": 1}) for text in HOSTILE]
    (tmp_path / "hostile.jsonl").write_text("\n".join(lines), encoding="utf-8")
    source = {"reader": "file", "path": "hostile.jsonl", "text": "body", "labels": {"toxicity": "toxic"}}
    recipe = recipes.load(make_recipe(sources={"mine": source}, disguised_share=0, valid_share=0))
    run = Run(tmp_path / "run")
    prepare(recipe, tmp_path, run, Silent())
    texts = load(run.prepared / "train.parquet").texts
    seen = sorted(token_ids(backbone / "tokenizer.json", texts, MAX_LENGTH))
    shown = {tuple(ids) for text in HOSTILE for ids in served(model, text)}
    assert {tuple(ids) for ids in seen} == shown
