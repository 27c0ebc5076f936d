"""Pillow, a Hugging Face image processor and the ONNX file: the usual way to score pictures.

`ViTImageProcessorPil` is the processor that needs no torchvision: it resizes with Pillow. The model takes RGB bytes,
so `do_rescale` and `do_normalize` are off. One ONNX Runtime session with its default of a thread per core; with
`--processes` a session of one thread in each of them. Reads every file of a folder, prints the score of each and the
seconds that it took.
"""

import argparse
import json
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from PIL import Image
from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil

from models import manifest


class Scorer:
    """Files to scores, a batch at a time."""

    def __init__(self, folder: Path, threads: int) -> None:
        spec = manifest.load(folder)
        assert spec.pixels is not None
        size = {"height": spec.pixels.height, "width": spec.pixels.width}
        self._processor = ViTImageProcessorPil(size=size, do_rescale=False, do_normalize=False)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._session = onnxruntime.InferenceSession(folder / spec.file, options, providers=["CPUExecutionProvider"])
        [label] = spec.labels
        self._platt = spec.calibration[label]

    def __call__(self, files: list[Path]) -> list[float]:
        pictures = [Image.open(file).convert("RGB") for file in files]
        planes = self._processor(images=pictures, return_tensors="np")["pixel_values"]
        rows = np.ascontiguousarray(planes.transpose(0, 2, 3, 1), np.uint8)
        logits = self._session.run(None, {self._session.get_inputs()[0].name: rows})[0][:, 0]
        scores: list[float] = (
            1.0 / (1.0 + np.exp(-(self._platt.a * logits.astype(np.float64) + self._platt.b)))
        ).tolist()
        return scores


_scorer: Scorer


def _begin(folder: Path, threads: int) -> None:
    global _scorer
    _scorer = Scorer(folder, threads)


def _score(files: list[Path]) -> list[float]:
    return _scorer(files)


def main() -> None:
    """One warm batch, then all."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pictures", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--batch-size", type=int, default=1)
    parser.add_argument("--processes", type=int, default=0, help="0: in this one")
    given: Any = parser.parse_args()
    files = sorted(given.pictures.iterdir())
    batches = [files[start : start + given.batch_size] for start in range(0, len(files), given.batch_size)]
    if given.processes:
        with ProcessPoolExecutor(given.processes, initializer=_begin, initargs=(given.model, 1)) as pool:
            list(pool.map(_score, batches[: 2 * given.processes]))
            began = time.perf_counter()
            scores = [score for found in pool.map(_score, batches) for score in found]
            seconds = time.perf_counter() - began
    else:
        _begin(given.model, 0)
        _score(batches[0])
        began = time.perf_counter()
        scores = [score for batch in batches for score in _score(batch)]
        seconds = time.perf_counter() - began
    named = {file.name: score for file, score in zip(files, scores, strict=True)}
    print(json.dumps({"scores": named, "seconds": seconds}))


if __name__ == "__main__":
    main()
