"""`convert` makes a folder that is served, from the shipped one, and says how far its scores moved."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper

from models import manifest
from models.training.convert import Converted, convert
from models.training.folder import write_manifest
from models.training.precision import Precision
from models.training.serving_check import influence_of_neighbours, sample_logits
from moderation.errors import ModelError

SHIPPED = manifest.SHIPPED / "text-minilm"


@pytest.fixture(scope="module")
def half(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Converted]:
    out = tmp_path_factory.mktemp("models") / "fp16"
    return out, convert(SHIPPED, "fp16", out)


def test_the_shipped_int8_becomes_fp16_for_gpus_with_its_own_version(half: tuple[Path, Converted]) -> None:
    folder, converted = half
    before, after = manifest.load(SHIPPED), manifest.load(folder)
    assert converted.name == after.name == f"{before.name}-fp16"
    assert after.runtime.providers == ("cuda",)
    assert after.runtime.precision == "fp16"
    assert (after.labels, after.calibration, after.thresholds) == (before.labels, before.calibration, before.thresholds)
    assert not after.budgets
    assert not after.metrics
    assert (folder / "CARD.md").read_text().startswith(f"> `{after.name}` was made from `{before.name}`")


def test_its_logits_stay_near_those_of_int8(half: tuple[Path, Converted]) -> None:
    """What moves them is that activations are no longer rounded; fp16 itself moves them by less than 0.02."""
    folder, converted = half
    assert converted.samples > 50
    assert np.isfinite(sample_logits(folder)).all()
    assert 0 < converted.difference < 1.0


def test_a_picture_model_becomes_fp16_for_gpus(tmp_path: Path) -> None:
    weapons = manifest.SHIPPED / "image-weapons"
    converted = convert(weapons, "fp16", tmp_path / "fp16")
    before, after = manifest.load(weapons), manifest.load(tmp_path / "fp16")
    assert converted.name == after.name == f"{before.name}-fp16"
    assert after.runtime.providers == ("cuda",)
    assert (after.pixels, after.calibration, after.thresholds) == (before.pixels, before.calibration, before.thresholds)
    assert 0 < converted.difference < 0.05
    # What is compared are pictures on which the model says different things.
    assert np.ptp(sample_logits(weapons)) > 10 * converted.difference


def test_the_influence_of_neighbours_is_measured(tiny_model: Path, tmp_path: Path) -> None:
    assert influence_of_neighbours(tiny_model) == 0
    shutil.copytree(tiny_model, tmp_path, dirs_exist_ok=True)
    model = onnx.load(tmp_path / "model.onnx")
    model.graph.node[-1].output[0] = "own"
    model.graph.node.append(helper.make_node("ReduceMean", ["own"], ["mean"], axes=[0]))
    model.graph.node.append(helper.make_node("Sub", ["own", "mean"], ["logits"]))
    onnx.save(model, tmp_path / "model.onnx")
    write_manifest(tmp_path)
    assert influence_of_neighbours(tmp_path) > 0.5


@pytest.mark.parametrize(
    ("precision", "out", "message"),
    [
        ("int8", "other", "is int8-rowwise; int8 is made from another"),
        ("fp16", ".", "is the model itself"),
    ],
)
def test_what_makes_no_sense_is_refused(precision: Precision, out: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        convert(SHIPPED, precision, SHIPPED / out)
    assert not (SHIPPED / "other").exists()


def test_scores_that_fp16_cannot_hold_are_refused(make_model: Callable[..., Path], tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="not numbers"):
        convert(make_model(forbidden="you"), "fp16", tmp_path / "fp16")
