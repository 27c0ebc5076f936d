"""Scores of an exported model over many texts, cut and pooled as in serving."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from models.manifest import Manifest
from models.text.tokens import Windows
from models.training.batches import padded, sorted_batches


def session_of(path: Path) -> onnxruntime.InferenceSession:
    """One session of one thread on the CPU."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def window_logits(
    session: onnxruntime.InferenceSession, windows: Sequence[Sequence[int]], manifest: Manifest
) -> NDArray[np.float32]:
    """Logits of token windows, shape (len(windows), labels)."""
    assert manifest.tokenizer is not None
    multiple = manifest.tokenizer.pad_to_multiple_of
    logits = np.zeros((len(windows), len(manifest.labels)), np.float32)
    lengths = [-(-len(window) // multiple) * multiple for window in windows]
    for batch in sorted_batches(lengths, manifest.runtime.batch_tokens["cpu"]):
        ids, mask = padded([windows[i] for i in batch], multiple)
        logits[batch] = session.run(None, {"input_ids": ids, "attention_mask": mask})[0]
    return logits


def logits_of(folder: Path, manifest: Manifest, texts: Sequence[str], file: Path | None = None) -> NDArray[np.float32]:
    """Logits of normalised texts, the greatest over the windows of each, shape (len(texts), labels).

    `file` is another graph of the same model, its fp32 one for instance.
    """
    assert manifest.tokenizer is not None
    prepared = Windows(folder, manifest.tokenizer)(texts)
    windows = [row for text in prepared for row in text.rows]
    owners = [index for index, text in enumerate(prepared) for _ in text.rows]
    pooled = np.full((len(texts), len(manifest.labels)), -np.inf, np.float32)
    np.maximum.at(pooled, owners, window_logits(session_of(file or folder / manifest.file), windows, manifest))
    return pooled


def probabilities(manifest: Manifest, logits: NDArray[np.float32], calibrated: bool = True) -> NDArray[np.float64]:
    """Calibrated probabilities, same shape as `logits`."""
    scores = logits.astype(np.float64)
    if calibrated:
        for column, label in enumerate(manifest.labels):
            if label in manifest.calibration:
                scaling = manifest.calibration[label]
                scores[:, column] = scaling.a * scores[:, column] + scaling.b
    result: NDArray[np.float64] = 1 / (1 + np.exp(-scores))
    return result
