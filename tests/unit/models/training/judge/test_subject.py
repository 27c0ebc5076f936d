"""What is judged is what would be served: the same scores, and decisions at the shipped thresholds."""

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models import manifest
from models.text.onnx import OnnxTextClassifier
from models.text.scorer import Scorer
from models.training.judge.subject import Subject
from moderation.settings import Settings

SHIPPED = manifest.SHIPPED / "text-minilm"
TEXTS = [
    "You are an id1ot and an @sshole",
    "Good morning everyone",
    "",
    "\u200b",
    "Thanks for the cake! " * 150 + "I will find you and kill you.",
    "Get out of our country, you animals \U0001f52a",
]


def test_texts_score_as_they_do_when_served() -> None:
    async def served() -> list[tuple[float, ...]]:
        scorer = Scorer(OnnxTextClassifier(SHIPPED, Settings(provider="cpu", sessions=1)))
        readings = await scorer.read(TEXTS)
        await scorer.close()
        return [reading.values or (0.0,) * 6 for reading in readings]

    subject = Subject(SHIPPED)
    scores = subject.scores(subject.logits("some", TEXTS)).round(6)
    assert scores.tolist() == pytest.approx(np.array(asyncio.run(served())), abs=0)


def test_labels_of_another_vocabulary_are_read_as_our_categories(word_model: Any) -> None:
    labels = {"toxic": "toxicity", "severe_toxic": "toxicity"}
    folder = word_model(labels=labels, thresholds={"toxic": 0.999, "severe_toxic": 0.9})
    subject = Subject(folder)
    logits = subject.logits("some", ["idiot", "lovely"])
    assert subject.categories == ["toxicity"]
    assert subject.scores(logits).shape == (2, 1)
    # One label at its threshold is enough.
    assert subject.found(logits)[:, 0].tolist() == [True, False]
    assert subject.column("hate") is None
    assert subject.harm() == "toxicity"


def test_logits_are_kept_for_the_same_weights_and_texts_only(word_model: Any, tmp_path: Path) -> None:
    folder, other = word_model(), word_model({"idiot": 1.0})
    first = Subject(folder, keep=tmp_path).logits("some", ["idiot"])
    [kept] = tmp_path.iterdir()
    np.save(kept, first + 1)
    assert Subject(folder, keep=tmp_path).logits("some", ["idiot"]) == pytest.approx(first + 1)
    assert Subject(folder, keep=tmp_path).logits("some", ["idiot idiot"]) == pytest.approx(first + 6)
    assert Subject(other, keep=tmp_path).logits("some", ["idiot"]) == pytest.approx(first - 5)


def test_a_category_is_silent_in_a_language_in_which_nothing_taught_it(word_model: Any) -> None:
    subject = Subject(word_model(taught={"ur-Latn": ["toxicity"]}, languages=["en", "ur-Latn"]))
    assert subject.speaking("ur") == [(0, "toxicity")]
    assert subject.speaking("en") == [(0, "toxicity"), (1, "hate")]
