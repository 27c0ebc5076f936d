"""What a model folder is worth, on the sets that were never trained on."""

import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from models import manifest
from models.manifest import Manifest
from models.text.normalise import normalise
from models.text.tokens import Windows
from models.training.batches import padded
from models.training.calibrate import expected_calibration_error
from models.training.dataset import Dataset, Texts
from models.training.examples import HEADS, Example
from models.training.held_out import EVALUATION
from models.training.scoring import logits_of, probabilities, session_of, window_logits

HARMLESS = ("context-toxicity", "bold", "counter-speech")
"""The sets whose negatives are the people a false alarm would hurt."""
THRESHOLDS = (0.5, 0.9)
MOST = 2000
"""Texts read of each set, the same ones each time: more do not move the figures, and take minutes."""


def evaluate(folder: Path, data: Path, built: Dataset, fp32: Path | None = None) -> dict[str, Any]:
    """The `metrics` of the model in `folder`; `data` holds the evaluation sets, `built` the training split."""
    spec = manifest.load(folder)
    metrics: dict[str, Any] = {"auc": {}, "false_positive_rate": {}}
    for name, read in EVALUATION.items():
        examples = list(read(data))
        examples = random.Random(0).sample(examples, min(MOST, len(examples)))
        logits = logits_of(folder, spec, [normalise(example.text) for example in examples])
        scores = probabilities(spec, logits)
        metrics["auc"][name] = _areas(examples, scores)
        if name in HARMLESS:
            metrics["false_positive_rate"][name] = _false_positives(examples, scores)
        if name == "context-toxicity":
            labels = np.array([example.labels["toxicity"] >= 0.5 for example in examples])
            raw = probabilities(spec, logits, calibrated=False)
            metrics["calibration_error"] = {
                "set": name,
                "before": _rounded(expected_calibration_error(raw[:, 0], labels)),
                "after": _rounded(expected_calibration_error(scores[:, 0], labels)),
            }
    metrics["auc"] = {name: areas for name, areas in metrics["auc"].items() if areas}
    metrics["auc_same_sources"] = _areas_of_split(folder, spec, built.valid)
    if fp32 is not None and fp32.exists():
        metrics["int8_against_fp32"] = _parity(folder, spec, fp32, built.valid.texts[:500])
    metrics["speed"] = _speed(folder, spec, [normalise(e.text) for e in list(EVALUATION["robtest"](data))[:600]])
    return metrics


def _areas(examples: Sequence[Example], scores: Any) -> dict[str, Any]:
    """Area under the ROC curve with counts, for each head of which both classes are there."""
    areas = {}
    for column, head in enumerate(HEADS):
        rows = [row for row, example in enumerate(examples) if head in example.labels]
        labels = np.array([examples[row].labels[head] >= 0.5 for row in rows])
        if 0 < labels.sum() < len(labels):
            areas[head] = _area(labels, scores[rows, column])
    return areas


def _areas_of_split(folder: Path, spec: Manifest, split: Texts) -> dict[str, Any]:
    logits = logits_of(folder, spec, split.texts)
    areas = {}
    for column, head in enumerate(HEADS):
        annotated = split.weights[:, column] >= 0.5
        labels = split.targets[annotated, column] >= 0.5
        areas[head] = _area(labels, logits[annotated, column])
    return areas


def _area(labels: Any, scores: Any) -> dict[str, float]:
    return {
        "auc": _rounded(roc_auc_score(labels, scores)),
        "positives": int(labels.sum()),
        "negatives": int((~labels).sum()),
    }


def _false_positives(examples: Sequence[Example], scores: Any) -> dict[str, Any]:
    """Of the texts labelled harmless, the share that a head puts at a threshold or over; `any` is any head."""
    clean = scores[[example.labels["toxicity"] < 0.5 for example in examples]]
    rates: dict[str, Any] = {"texts": len(clean)}
    for threshold in THRESHOLDS:
        over = clean >= threshold
        rates[f"at {threshold}"] = {
            **{head: _rounded(over[:, column].mean()) for column, head in enumerate(HEADS)},
            "any": _rounded(over.any(axis=1).mean()),
        }
    return rates


def _parity(folder: Path, spec: Manifest, fp32: Path, texts: list[str]) -> dict[str, float]:
    ours = probabilities(spec, logits_of(folder, spec, texts))
    exact = probabilities(spec, logits_of(folder, spec, texts, fp32))
    moved = np.abs(ours - exact).max(axis=1)
    return {"texts": len(texts), "p99": _rounded(np.quantile(moved, 0.99)), "max": _rounded(moved.max())}


def _speed(folder: Path, spec: Manifest, texts: list[str]) -> dict[str, float]:
    """Posts per second of CPU time of one thread, tokenised and scored, and the time of a lone post.

    CPU time, not wall time: other work on the machine does not count against the model.
    """
    assert spec.tokenizer is not None
    session, windows = session_of(folder / spec.file), Windows(folder, spec.tokenizer)
    best, lone = np.inf, []
    for _ in range(3):
        started = time.process_time()
        rows = [row for text in windows(texts) for row in text.rows]
        window_logits(session, rows, spec)
        best = min(best, time.process_time() - started)
    for row in rows[:300]:
        ids, mask = padded([row], spec.tokenizer.pad_to_multiple_of)
        started = time.process_time()
        session.run(None, {"input_ids": ids, "attention_mask": mask})
        lone.append((time.process_time() - started) * 1000)
    return {
        "posts_per_core_second": round(len(texts) / best),
        "mean_tokens": round(sum(map(len, rows)) / len(texts), 1),
        "lone_window_p50_ms": _rounded(np.quantile(lone, 0.5), 1),
        "lone_window_p95_ms": _rounded(np.quantile(lone, 0.95), 1),
    }


def _rounded(value: Any, digits: int = 4) -> float:
    return round(float(value), digits)
