"""A fitted table on disk, and as a model folder."""

import json
from pathlib import Path

import numpy as np
import onnx
from tokenizers import Tokenizer

from models.training.folder import TOKENIZER_FILE
from models.training.ngrams.graph import Table, classifier

FILES = ("config.json", "table.npz", TOKENIZER_FILE)
PRECISIONS = ("fp32", "int8")
# A position costs five additions of a handful of bytes: more of them make a good batch than of an encoder's tokens.
BATCH_TOKENS = {"cpu": 8_000, "gpu": 100_000}
PAD_TO_MULTIPLE_OF = 8


def save(table: Table, tokenizer: Tokenizer, folder: Path) -> None:
    """Write `FILES`."""
    folder.mkdir(parents=True, exist_ok=True)
    config = {"architecture": "ngrams", "orders": table.orders, "shrinkage": table.shrinkage}
    (folder / FILES[0]).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    np.savez(folder / FILES[1], marks=table.marks, weights=table.weights, squares=table.squares, bias=table.bias)
    tokenizer.no_truncation()
    tokenizer.save(str(folder / TOKENIZER_FILE))


def load(folder: Path) -> Table:
    """The table that `save` wrote."""
    config = json.loads((folder / FILES[0]).read_text(encoding="utf-8"))
    with np.load(folder / FILES[1]) as arrays:
        return Table(**arrays, shrinkage=config["shrinkage"], orders=tuple(config["orders"]))


def export(table: Table, folder: Path) -> dict[str, Path]:
    """Write the graph in every one of `PRECISIONS` into `folder`; returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {}
    for precision in PRECISIONS:
        files[precision] = folder / f"{precision}.onnx"
        onnx.save(classifier(table, quantised=precision == "int8"), files[precision])
    return files
