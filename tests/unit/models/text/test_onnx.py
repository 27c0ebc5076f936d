"""A model folder that can be served gives calibrated scores; one that cannot is refused with its fault."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from models.text import text_classifier
from models.text.onnx import OnnxTextClassifier
from moderation.errors import ModelError
from moderation.settings import Settings
from moderation.taxonomy import TEXT_CATEGORIES, Category

ONE = Settings(provider="cpu", sessions=1)


def test_scores_are_calibrated_label_by_label(tiny_model: Path) -> None:
    classifier = OnnxTextClassifier(tiny_model, ONE)
    logits = np.linspace(-800, 800, 6 * 5).reshape(5, 6)
    scores = classifier.finish(logits)
    for column, category in enumerate(TEXT_CATEGORIES):
        a, b = (0.5, -0.25) if category == "hate" else (1.0, 0.0)
        with np.errstate(over="ignore"):
            assert np.allclose(scores[:, column], 1 / (1 + np.exp(-(a * logits[:, column] + b))))


def test_labels_of_one_category_give_the_greater_score(make_model: Callable[..., Path]) -> None:
    labels = dict(zip(["toxic", "severe_toxic", "insult", "threat", "obscene", "spam"], TEXT_CATEGORIES, strict=True))
    labels["severe_toxic"] = Category.TOXICITY
    folder = make_model(labels={name: str(category) for name, category in labels.items()}, calibration={})
    classifier = OnnxTextClassifier(folder, ONE)
    assert classifier.categories == tuple(category for category in TEXT_CATEGORIES if category != "hate")
    scores = classifier.finish(np.array([[-1.0, 2.0, 0.0, 0.0, 0.0, 0.0], [3.0, 2.0, 0.0, 0.0, 0.0, 0.0]]))
    assert scores[:, 0].round(4).tolist() == [0.8808, 0.9526]


def test_batch_tokens_are_the_manifests(make_model: Callable[..., Path]) -> None:
    stated = make_model(runtime={"precision": "fp32", "batch_tokens": {"cpu": 77}})
    silent = make_model(runtime={"precision": "fp32"})
    assert [OnnxTextClassifier(folder, ONE).batch_tokens for folder in (stated, silent)] == [77, 500]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"labels": {"toxicity": "toxicity"}, "calibration": {}},
            r"output of shape \(2, 6\) for 2 texts; the manifest names 1 labels",
        ),
        ({"calibration": {"sarcasm": {"method": "platt"}}}, "calibration of sarcasm, which is not a label"),
        ({"modality": "image"}, "not a text model"),
        ({"tokenizer": None}, "not a text model with a tokenizer"),
        ({"sha256": "0" * 64}, "the manifest says 000000000000"),
        ({"labels": {"toxicity": "meanness"}}, "labels.toxicity"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_folder_that_cannot_be_served_is_refused_with_its_fault(
    make_model: Callable[..., Path], changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ModelError, match=message):
        OnnxTextClassifier(make_model(**changes), ONE)


def test_a_stride_that_leaves_no_room_is_refused(make_model: Callable[..., Path], tiny_model: Path) -> None:
    tokenizer = yaml.safe_load((tiny_model / "manifest.yaml").read_text())["tokenizer"]
    with pytest.raises(ModelError, match="stride is 14, but a window of 16 tokens has room for 14"):
        OnnxTextClassifier(make_model(tokenizer={**tokenizer, "stride": 14}), ONE)


def test_an_unknown_model_is_refused_with_what_there_is() -> None:
    with pytest.raises(ModelError, match="no model 'text-maxilm'"):
        text_classifier(Settings(text_model="text-maxilm"))


def test_the_provider_of_every_session_can_be_asserted(tiny_model: Path) -> None:
    classifier = OnnxTextClassifier(tiny_model, Settings(provider="cpu", provider_fallback=False, sessions=2))
    assert classifier.providers == ("cpu", "cpu")
