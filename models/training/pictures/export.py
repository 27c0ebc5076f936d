"""A trained network as an ONNX file that takes what decoding gives: RGB bytes, shape (n, height, width, 3)."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray

from models.media.decoding.decoded import Pixels


def export(net: torch.nn.Module, height: int, width: int, path: Path) -> None:
    """Write the graph; the batch is its only free dimension, and scores do not depend on it."""
    kept = io.BytesIO()
    pixels = torch.zeros((2, height, width, 3), dtype=torch.uint8)
    program: Any = torch.onnx.export(
        net.eval(),
        (pixels,),
        dynamo=True,
        input_names=["pixels"],
        output_names=["logits"],
        dynamic_shapes={"pixels": {0: torch.export.Dim("n")}},
        verbose=False,
    )
    program.save(kept)
    model = onnx.load_from_string(kept.getvalue())
    model.doc_string = ""
    onnx.checker.check_model(model, full_check=True)
    path.write_bytes(model.SerializeToString())


def run(path: Path, served: Sequence[Pixels], batch: int = 1) -> NDArray[np.float64]:
    """Logits of the exported file in one thread, shape (pictures, categories)."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    parts = [
        session.run(None, {"pixels": np.stack(served[start : start + batch])})[0]
        for start in range(0, len(served), batch)
    ]
    return np.concatenate(parts).astype(np.float64)
