"""A picture model's folder: served as its manifest says, or refused."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from models.image.onnx import OnnxPictureClassifier
from models.manifest import SHIPPED
from moderation.errors import ModelError
from moderation.settings import Settings


def served(folder: Path, **changes: Mapping[str, Any]) -> OnnxPictureClassifier:
    """The shipped model with another manifest, on the CPU."""
    shutil.copytree(SHIPPED / "image-weapons", folder, dirs_exist_ok=True)
    path = folder / "manifest.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    path.write_text(yaml.safe_dump(content | changes), encoding="utf-8")
    return OnnxPictureClassifier(folder, Settings(provider="cpu", sessions=1))


def test_its_batch_is_what_the_manifest_states(tmp_path: Path) -> None:
    runtime = {"providers": ["cpu"], "precision": "fp32"}
    assert served(tmp_path, runtime=runtime).batch == 4
    assert served(tmp_path, runtime=runtime | {"batch_pictures": {"cpu": 16}}).batch == 16


@pytest.mark.parametrize("size", [0, 3, 2048])
def test_a_batch_that_is_no_power_of_two_is_refused(tmp_path: Path, size: int) -> None:
    runtime = {"providers": ["cpu"], "precision": "fp32", "batch_pictures": {"cpu": size}}
    with pytest.raises(ModelError, match=f"runtime.batch_pictures.cpu: .* is {size}; a power of two"):
        served(tmp_path, runtime=runtime)


def test_a_model_whose_logits_are_not_those_of_its_labels_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"does not run on cpu with bytes .* to logits of shape \(n, 2\)"):
        served(tmp_path, labels={"weapon": "weapon", "nudity": "sexual"})


def test_a_model_that_reads_another_size_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"does not run on cpu with bytes of shape \(n, 227, 100, 3\)"):
        served(tmp_path, pixels={"width": 100, "height": 227})
