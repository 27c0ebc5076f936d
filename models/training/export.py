"""A trained model as ONNX files in every precision, and as a model folder in one of them."""

import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import onnx
from transformers import PreTrainedModel

from models.training.batches import tokenizer_at
from models.training.folder import BATCH_TOKENS, PAD_TO_MULTIPLE_OF, TOKENIZER_FILE, model_file, write_manifest
from models.training.precision import NAMES, PRECISIONS, PROVIDERS, Precision, in_precision
from models.training.serving_graph import to_onnx


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What the manifest says that no file shows. `labels` maps the outputs, in order, to categories."""

    id: str
    version: str
    labels: Mapping[str, str]
    languages: tuple[str, ...]
    licence: str
    origin: str


def export(
    model: PreTrainedModel,
    tokenizer: Path,
    run: Path,
    identity: Identity,
    max_length: int = 128,
    precision: Precision = "int8",
) -> Path:
    """Write `run`/exported/{fp32,fp16,int8}.onnx, and in `precision` the model folder `run`/<id>, which is returned.

    A manifest that is there keeps what is not said here: calibration, thresholds, budgets, metrics.
    """
    graph = to_onnx(model, max_length)
    exported = run / "exported"
    exported.mkdir(parents=True, exist_ok=True)
    for each in PRECISIONS:
        onnx.save(in_precision(graph, each), exported / f"{each}.onnx")
    folder = run / identity.id
    folder.mkdir(exist_ok=True)
    for stale in folder.glob("model.*.onnx"):
        stale.unlink()
    shutil.copyfile(exported / f"{precision}.onnx", folder / model_file(precision))
    tokenizer_at(tokenizer).save(str(folder / TOKENIZER_FILE))
    served = served_as(precision, max_length)
    served["tokenizer"]["emoji"] = "names"  # as in training
    write_manifest(folder, **asdict(identity), **served)
    return folder


def served_as(precision: Precision, max_length: int) -> dict[str, Any]:
    """What a manifest says of how a text model is served, in our own exports and in imported ones."""
    return {
        "task": "multi-label-classification",
        "modality": "text",
        "file": model_file(precision),
        "tokenizer": {
            "file": TOKENIZER_FILE,
            "max_length": max_length,
            "stride": max_length // 4,
            "pad_to_multiple_of": PAD_TO_MULTIPLE_OF,
        },
        "runtime": {"providers": PROVIDERS[precision], "precision": NAMES[precision], "batch_tokens": BATCH_TOKENS},
    }


def fp32_of(folder: Path) -> Path:
    """Where `export` left the fp32 graph of a model folder, for comparison."""
    return folder.parent / "exported" / "fp32.onnx"
