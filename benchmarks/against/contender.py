"""What every contender shares: its command line, an end when its parent ends, and the scores of the ONNX model."""

import argparse
import os
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Tokenizer

from models import manifest
from models.text.normalise import normalise


@dataclass(frozen=True, slots=True)
class Arguments:
    """Where a contender reads, where it writes, and the folder of the model."""

    bootstrap: str
    source: str
    sink: str
    group: str
    model: Path
    batch_size: int


def arguments() -> Arguments:
    """From the command line; from here on the process ends when its standard input does."""
    parser = argparse.ArgumentParser()
    for name in ("bootstrap", "source", "sink", "group"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--batch-size", type=int, default=1)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    return Arguments(**vars(parser.parse_args()))


def _end_with_parent() -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os._exit(0)


class OnnxScorer:
    """The int8 model in one ONNX Runtime session with its default of a thread per core, and `tokenizers`.

    That default is what ONNX Runtime's documentation recommends for one request at a time. Texts are normalised
    as ours are and truncated to the model's length; of a longer one we read every window, a contender the first.
    """

    def __init__(self, folder: Path) -> None:
        spec = manifest.load(folder)
        assert spec.tokenizer is not None
        self._labels = list(spec.labels)
        parts = [spec.calibration.get(label, manifest.Calibration(method="identity")) for label in self._labels]
        self._a = np.array([part.a for part in parts])
        self._b = np.array([part.b for part in parts])
        self._session = onnxruntime.InferenceSession(folder / spec.file, providers=["CPUExecutionProvider"])
        self._inputs = {each.name for each in self._session.get_inputs()}
        self._tokenizer = Tokenizer.from_file(str(folder / spec.tokenizer.file))
        self._tokenizer.enable_truncation(spec.tokenizer.max_length)
        self._tokenizer.no_padding()

    def tokens(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text."""
        return [each.ids for each in self._tokenizer.encode_batch_fast([normalise(text) for text in texts])]

    def scores(self, rows: Sequence[Sequence[int]]) -> list[dict[str, float]]:
        """Calibrated scores by label of rows that run as one batch."""
        width = max(map(len, rows))
        ids = np.zeros((len(rows), width), np.int64)
        mask = np.zeros((len(rows), width), np.int64)
        for index, row in enumerate(rows):
            ids[index, : len(row)] = row
            mask[index, : len(row)] = 1
        feeds = {"input_ids": ids, "attention_mask": mask}
        if "token_type_ids" in self._inputs:
            feeds["token_type_ids"] = np.zeros_like(ids)
        logits: npt.NDArray[np.float32] = self._session.run(None, feeds)[0]
        values = 1.0 / (1.0 + np.exp(-(self._a * logits.astype(np.float64) + self._b)))
        return [dict(zip(self._labels, row, strict=True)) for row in values.round(6).tolist()]
