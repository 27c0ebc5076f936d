"""From a model's outputs to calibrated scores of categories, the same for texts and pictures."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from models import manifest
from models.runtime.classifier import Array
from moderation.errors import ModelError
from moderation.taxonomy import Category


def columns(labels: Mapping[str, Category]) -> dict[Category, list[int]]:
    """Category -> the outputs that stand for it; the greatest of them counts."""
    found: dict[Category, list[int]] = {}
    for index, category in enumerate(labels.values()):
        found.setdefault(category, []).append(index)
    return found


def platt(spec: manifest.Manifest, folder: Path) -> tuple[Array, Array]:
    """Slopes and intercepts of every label, in order. Raises `ModelError` for a calibration of no label."""
    unknown = set(spec.calibration) - set(spec.labels)
    if unknown:
        raise ModelError(
            f"{folder / 'manifest.yaml'}: calibration of {', '.join(sorted(unknown))}, which is not a label; "
            f"labels: {', '.join(spec.labels)}"
        )
    parts = [spec.calibration.get(label, manifest.Calibration(method="identity")) for label in spec.labels]
    return np.array([part.a for part in parts]), np.array([part.b for part in parts])


def probabilities(logits: Array, a: Array, b: Array, of_category: Sequence[Sequence[int]]) -> Array:
    """Shape (len(logits), len(of_category)), in [0, 1]; a row that is not a number stays one."""
    with np.errstate(invalid="ignore"):
        every = np.exp(-np.logaddexp(0.0, -(a * logits.astype(np.float64) + b)))
    return np.stack([every[:, list(own)].max(axis=1) for own in of_category], axis=1)
