"""A trained model is exported in every precision, and the folder says what it is."""

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from transformers import AutoModelForSequenceClassification

from models import manifest
from models.training.export import Identity, export, fp32_of
from models.training.folder import write_manifest
from models.training.precision import PRECISIONS
from models.training.serving_check import sample_logits, sample_texts, served
from tests.training.hub_models import save

WHO = Identity(
    id="mine",
    version="7",
    labels={"toxicity": "toxicity", "spam": "spam"},
    languages=("en",),
    licence="MIT",
    origin="made by the tests",
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The trained folder, and the run with its export."""
    trained = save(tmp_path_factory.mktemp("trained"), "bert", ["toxicity", "spam"], "multi_label_classification")
    run = tmp_path_factory.mktemp("run")
    model = AutoModelForSequenceClassification.from_pretrained(trained).eval()
    assert export(model, trained / "tokenizer.json", run, WHO, max_length=60) == run / "mine"
    return trained, run


def test_every_precision_is_written_and_the_folder_holds_the_one_asked_for(made: tuple[Path, Path]) -> None:
    run = made[1]
    assert sorted(path.stem for path in (run / "exported").iterdir()) == sorted(PRECISIONS)
    spec = manifest.load(run / "mine")
    assert (spec.name, spec.languages, spec.runtime.precision) == ("mine@7", ("en",), "int8-rowwise")
    assert (run / "mine" / spec.file).read_bytes() == (run / "exported" / "int8.onnx").read_bytes()
    assert fp32_of(run / "mine") == run / "exported" / "fp32.onnx"


def test_no_file_says_on_which_machine_it_was_made(made: tuple[Path, Path]) -> None:
    for path in (file for file in made[1].rglob("*") if file.is_file()):
        content = path.read_bytes()
        assert b"site-packages" not in content
        assert b".py" not in content
        assert str(made[1]).encode() not in content


def test_its_logits_are_those_of_the_trained_model(made: tuple[Path, Path]) -> None:
    trained, run = made
    rows = [text.rows[0] for text in served(run / "mine").prepare(sample_texts())]
    model = AutoModelForSequenceClassification.from_pretrained(trained).eval()
    with torch.inference_mode():
        expected = torch.cat([model(input_ids=torch.tensor([row])).logits for row in rows]).numpy()
    np.testing.assert_allclose(sample_logits(run / "mine"), expected, atol=0.2)


def test_positions_that_no_window_reaches_are_left_out(made: tuple[Path, Path]) -> None:
    places = [i for i in onnx.load(fp32_of(made[1] / "mine")).graph.initializer if i.name == "places"]
    assert [list(place.dims) for place in places] == [[64, 64]]  # 60 tokens are padded to 64


def test_another_export_keeps_what_was_measured_since(made: tuple[Path, Path]) -> None:
    trained, run = made
    write_manifest(run / "mine", calibration={"spam": {"method": "platt", "a": 2.0, "b": 0.5}})
    model = AutoModelForSequenceClassification.from_pretrained(trained).eval()
    export(model, trained / "tokenizer.json", run, WHO, max_length=60, precision="fp32")
    spec = manifest.load(run / "mine")
    assert spec.calibration["spam"].a == 2.0
    assert spec.runtime.precision == "fp32"
    assert [path.name for path in (run / "mine").glob("*.onnx")] == ["model.fp32.onnx"]
