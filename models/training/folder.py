"""Model folders as the training code writes them."""

import hashlib
from pathlib import Path
from typing import Any

import yaml

from models import manifest

TOKENIZER_FILE = "tokenizer.json"
# Softmax sums by vector lanes; in whole vectors, padding adds exact zeros and changes no order.
PAD_TO_MULTIPLE_OF = 8
BATCH_TOKENS = {"cpu": 500, "gpu": 16_000}


def model_file(precision: str) -> str:
    """What the ONNX file of a folder is called."""
    return f"model.{precision}.onnx"


def write_manifest(folder: Path, **changes: Any) -> None:
    """Write `manifest.yaml` with the hashes of the files in `folder`; what it said before stays but for `changes`.

    Raises pydantic's `ValidationError` where the result is no manifest.
    """
    path = folder / "manifest.yaml"
    before = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}
    content: dict[str, Any] = before | changes
    content["sha256"] = _sha256(folder / content["file"])
    if "tokenizer" in content:
        content["tokenizer"] = content["tokenizer"] | {"sha256": _sha256(folder / content["tokenizer"]["file"])}
    # In the order of the fields, as the documentation has it.
    spec = manifest.Manifest.model_validate(content).model_dump(mode="json", include=set(content))
    path.write_text(yaml.safe_dump(spec, sort_keys=False, allow_unicode=True, width=110), encoding="utf-8")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
