"""A trained model as a model folder: ONNX in row-wise int8, tokenizer, manifest."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import onnx
import yaml
from transformers import PreTrainedModel

from models import manifest
from models.training.batches import tokenizer_at
from models.training.examples import HEADS
from models.training.fine_tune import MAX_LENGTH
from models.training.rowwise import quantise
from models.training.serving_graph import to_onnx

ID = "text-minilm"
MODEL_FILE = "model.int8.onnx"
TOKENIZER_FILE = "tokenizer.json"
STRIDE = 32
# Softmax sums by vector lanes; in whole vectors, padding adds exact zeros and changes no order.
PAD_TO_MULTIPLE_OF = 8
_BATCH_TOKENS = {"cpu": 500, "gpu": 16_000}
_ORIGIN = (
    "MiniLM-L6-H384-uncased (Apache-2.0), by way of all-MiniLM-L6-v2 (Apache-2.0), fine-tuned with "
    "`python -m models.training train` on the sets listed in CARD.md"
)
_LICENCE = "Apache-2.0 (weights); see CARD.md for the licences of the training texts"


def export(
    model: PreTrainedModel, tokenizer: Path, folder: Path, calibration: Mapping[str, Mapping[str, Any]] | None = None
) -> None:
    """Write ONNX, tokenizer and manifest into `folder`; the fp32 graph goes beside it, see `fp32_of`."""
    folder.mkdir(parents=True, exist_ok=True)
    graph = to_onnx(model)
    onnx.save(graph, fp32_of(folder))
    onnx.save(_anonymous(quantise(graph)), folder / MODEL_FILE)
    plain = tokenizer_at(tokenizer)
    plain.save(str(folder / TOKENIZER_FILE))
    write_manifest(folder, calibration=dict(calibration or {}))


def _anonymous(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model without what the exporter notes of each node: stack traces with the paths of this machine."""
    for part in (model, model.graph, *model.graph.node, *model.graph.value_info, *model.graph.initializer):
        part.doc_string = ""
        del part.metadata_props[:]
    return model


def fp32_of(folder: Path) -> Path:
    """Where `export` leaves the fp32 graph, for comparison only."""
    return folder.parent / f"{folder.name}.fp32.onnx"


def write_manifest(folder: Path, **changes: Any) -> None:
    """Write `manifest.yaml` with the hashes of the files in `folder`; what it said before stays but for `changes`."""
    path = folder / "manifest.yaml"
    before = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}
    content = {
        "id": ID,
        "version": "1",
        "task": "multi-label-classification",
        "modality": "text",
        "labels": {head: head for head in HEADS},
        "file": MODEL_FILE,
        "sha256": _sha256(folder / MODEL_FILE),
        "tokenizer": {
            "file": TOKENIZER_FILE,
            "sha256": _sha256(folder / TOKENIZER_FILE),
            "max_length": MAX_LENGTH,
            "stride": STRIDE,
            "pad_to_multiple_of": PAD_TO_MULTIPLE_OF,
        },
        "calibration": before.get("calibration", {}),
        "runtime": {"providers": ["cpu"], "precision": "int8-rowwise", "batch_tokens": _BATCH_TOKENS},
        "budgets": before.get("budgets", {}),
        "licence": _LICENCE,
        "origin": _ORIGIN,
        "languages": ["en"],
        "metrics": before.get("metrics", {}),
    } | changes
    manifest.Manifest.model_validate(content)
    path.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=110), encoding="utf-8")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
