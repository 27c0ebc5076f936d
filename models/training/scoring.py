"""Scores of a model folder over many texts, read as in serving: the same windows, batches and pooling."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.manifest import Manifest
from models.runtime.batcher import padded
from models.runtime.sessions import Sessions
from models.text.feeds import feeds
from models.text.tokens import Windows
from models.training.batches import sorted_batches
from moderation.errors import ModelError

NOTHING = -40.0
"""The logit of a text of which normalisation left nothing: serving scores it 0."""


class Graph:
    """One ONNX graph of a text model on the CPU: its own, or another of the same inputs and outputs."""

    def __init__(self, folder: Path, manifest: Manifest, file: Path | None = None, sessions: int = 1) -> None:
        """`file` is the other graph, the fp32 one for instance. A session is one thread. Raises `ModelError`."""
        if manifest.modality != "text" or manifest.tokenizer is None:
            raise ModelError(f"{folder / 'manifest.yaml'}: not a text model with a tokenizer")
        self._windows = Windows(folder, manifest.tokenizer)
        self._sessions = Sessions(file or folder / manifest.file, "cpu", fallback=False, count=sessions)
        self._multiple = manifest.tokenizer.pad_to_multiple_of
        self._batch_tokens = manifest.runtime.batch_tokens.get("cpu", 500)
        self._labels = len(manifest.labels)

    def logits(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Of normalised texts, the greatest over the windows of each, shape (len(texts), labels)."""
        prepared = self._windows(texts)
        rows = [row for text in prepared for row in text.rows]
        owners = [index for index, text in enumerate(prepared) for _ in text.rows]
        of_rows = np.zeros((len(rows), self._labels), np.float32)
        lengths = [padded(len(row), self._multiple) for row in rows]
        batches = list(sorted_batches(lengths, self._batch_tokens))
        sessions = len(self._sessions)

        def work(session: int) -> None:
            for batch in batches[session::sessions]:
                of_rows[batch] = self.run([rows[index] for index in batch], session)

        with ThreadPoolExecutor(sessions) as pool:
            list(pool.map(work, range(sessions)))
        pooled = np.full((len(texts), self._labels), -np.inf, np.float32)
        np.maximum.at(pooled, owners, of_rows)
        pooled[[not text for text in texts]] = NOTHING
        return pooled

    def rows(self, texts: Sequence[str]) -> list[Sequence[int]]:
        """The windows of all texts, as tokens."""
        return [row for text in self._windows(texts) for row in text.rows]

    def run(self, rows: Sequence[Sequence[int]], session: int = 0) -> NDArray[np.float32]:
        """Logits of one batch of windows, shape (len(rows), labels)."""
        fed = feeds(rows, self._windows.pad_id, self._multiple, self._sessions.inputs)
        return self._sessions.run(fed, session).astype(np.float32)


def logits_of(folder: Path, manifest: Manifest, texts: Sequence[str], file: Path | None = None) -> NDArray[np.float32]:
    """Logits of normalised texts, the greatest over the windows of each, shape (len(texts), labels)."""
    return Graph(folder, manifest, file).logits(texts)


def probabilities(manifest: Manifest, logits: NDArray[np.float32], calibrated: bool = True) -> NDArray[np.float64]:
    """Calibrated probabilities of the labels, same shape as `logits`."""
    scores = logits.astype(np.float64)
    if calibrated:
        for column, label in enumerate(manifest.labels):
            if label in manifest.calibration:
                scaling = manifest.calibration[label]
                scores[:, column] = scaling.a * scores[:, column] + scaling.b
    result: NDArray[np.float64] = np.exp(-np.logaddexp(0.0, -scores))
    return result
