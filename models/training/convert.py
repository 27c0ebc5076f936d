"""A model folder in another precision: fp16 for GPUs out of the int8 one that is shipped."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx

from models import manifest
from models.training.folder import model_file, write_manifest
from models.training.precision import NAMES, PROVIDERS, Precision, in_precision
from models.training.serving_check import sample_logits
from moderation.errors import ModelError


@dataclass(frozen=True, slots=True)
class Converted:
    """`difference` is the largest one of any logit on the CPU, over so many sample texts or pictures."""

    name: str
    difference: float
    samples: int


def convert(folder: Path, precision: Precision, out: Path) -> Converted:
    """Write the model of `folder` (fp32 or row-wise int8) in `precision` into `out`, ready to be served.

    Calibration and thresholds stay; the version gets the precision added, because scores differ in their last
    digits. Budgets and metrics are the old model's and are left out. Raises `ModelError` where it cannot be done, or
    where the result gives no finite scores.
    """
    spec = manifest.load(folder)
    if spec.runtime.precision == NAMES[precision] or spec.runtime.precision == NAMES["fp16"]:
        raise ModelError(f"{folder}: is {spec.runtime.precision}; {precision} is made from another, finer precision")
    if out.resolve() == folder.resolve():
        raise ModelError(f"{out}: is the model itself; name another folder")
    try:
        graph = in_precision(onnx.load(folder / spec.file), precision)
    except ValueError as error:
        raise ModelError(f"{folder / spec.file}: cannot be made {precision}: {error}") from error
    out.mkdir(parents=True, exist_ok=True)
    onnx.save(graph, out / model_file(precision))
    if spec.tokenizer is not None:
        shutil.copyfile(folder / spec.tokenizer.file, out / spec.tokenizer.file)
    write_manifest(
        out,
        **spec.model_dump(mode="json", exclude={"budgets", "metrics"}, exclude_defaults=True)
        | {
            "version": f"{spec.version}-{precision}",
            "file": model_file(precision),
            "runtime": spec.runtime.model_dump(mode="json", exclude_unset=True)
            | {"providers": PROVIDERS[precision], "precision": NAMES[precision]},
        },
    )
    converted = _compared(folder, out)
    _write_card(folder, out, spec, converted)
    return converted


def _compared(folder: Path, out: Path) -> Converted:
    before, after = sample_logits(folder), sample_logits(out)
    if not np.isfinite(after).all():
        raise ModelError(f"{out}: gives scores that are not numbers: values within the model exceed what fp16 can hold")
    return Converted(manifest.load(out).name, float(np.abs(after - before).max()), len(after))


def _write_card(folder: Path, out: Path, spec: manifest.Manifest, converted: Converted) -> None:
    card = folder / "CARD.md"
    (out / "CARD.md").write_text(
        f"> `{converted.name}` was made from `{spec.name}` ({spec.runtime.precision}) with `moderation models export`. "
        f"On {converted.samples} samples no logit differs by more than {converted.difference:.4f} (on the CPU). "
        f"What follows is the card of `{spec.name}`.\n\n" + (card.read_text(encoding="utf-8") if card.exists() else ""),
        encoding="utf-8",
    )
