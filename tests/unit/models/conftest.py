"""A small real ONNX text model with a tokenizer, as a model folder."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import yaml
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from moderation.taxonomy import TEXT_CATEGORIES

WORDS = ("you", "are", "a", "lovely", "idiot", "buy", "cheap", "pills", "hello", "world", "kill", "cat", "http", ".")
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")

MakeModel = Callable[..., Path]


@pytest.fixture(scope="session")
def make_model(tmp_path_factory: pytest.TempPathFactory) -> MakeModel:
    """Writes a model folder; keywords replace parts of its manifest, `forbidden` is a token it fails on."""

    def make(forbidden: str | None = None, **changes: Any) -> Path:
        folder = tmp_path_factory.mktemp("model")
        vocabulary = {token: index for index, token in enumerate((*SPECIAL, *WORDS))}
        _tokenizer(vocabulary).save(str(folder / "tokenizer.json"))
        onnx.save(_network(len(vocabulary), vocabulary[forbidden] if forbidden else None), folder / "model.onnx")
        manifest = _manifest(folder)
        manifest.update(changes)
        (folder / "manifest.yaml").write_text(yaml.safe_dump(manifest, sort_keys=False), encoding="utf-8")
        return folder

    return make


@pytest.fixture(scope="session")
def tiny_model(make_model: MakeModel) -> Path:
    """A folder with a sound model: `tiny@1`, windows of 16 tokens of which neighbours share 4."""
    return make_model()


def _tokenizer(vocabulary: dict[str, int]) -> Tokenizer:
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", vocabulary["[SEP]"]), ("[CLS]", vocabulary["[CLS]"]))
    return tokenizer


def _network(vocabulary: int, forbidden: int | None) -> onnx.ModelProto:
    """Logits are the summed embeddings of the tokens that are not padding: order does not matter."""
    labels = len(TEXT_CATEGORIES)
    # In 64ths, so that a sum is exact in any order: what is tested is the lane, not how ONNX Runtime adds.
    table = (np.random.default_rng(7).normal(0, 1.5, (vocabulary, labels)) * 64).round().astype(np.float32) / 64
    if forbidden is not None:
        table[forbidden] = np.nan
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["embedded"]),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["mask", "last"], ["column"]),
        helper.make_node("Mul", ["embedded", "column"], ["kept"]),
        helper.make_node("ReduceSum", ["kept", "tokens"], ["logits"], keepdims=0),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [
            helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "seq"])
            for name in ("input_ids", "attention_mask")
        ],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", labels])],
        [
            numpy_helper.from_array(table, "table"),
            numpy_helper.from_array(np.array([2]), "last"),
            numpy_helper.from_array(np.array([1]), "tokens"),
        ],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def _manifest(folder: Path) -> dict[str, Any]:
    return {
        "id": "tiny",
        "version": "1",
        "task": "multi-label-classification",
        "modality": "text",
        "labels": {str(category): str(category) for category in TEXT_CATEGORIES},
        "file": "model.onnx",
        "sha256": sha256(folder / "model.onnx"),
        "tokenizer": {
            "file": "tokenizer.json",
            "sha256": sha256(folder / "tokenizer.json"),
            "max_length": 16,
            "stride": 4,
        },
        "calibration": {"hate": {"method": "platt", "a": 0.5, "b": -0.25}},
        "runtime": {"precision": "fp32"},
        "licence": "Apache-2.0",
        "origin": "made by the tests",
    }


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
