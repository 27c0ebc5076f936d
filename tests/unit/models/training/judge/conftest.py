"""A real ONNX model whose logits are sums of word weights, and a small folder of evaluation sets."""

import gzip
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import yaml
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from models.training import held_out
from models.training.examples import Example
from models.training.held_out import HeldOut

WordModel = Callable[..., Path]
LABELS = ("toxicity", "hate")
TERMS = ("gay", "muslim", "tall", "old")
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
WEIGHTS = {"idiot": 6.0, "hate": 6.0, "lovely": -1.0, "[CLS]": -3.0}


@pytest.fixture(scope="session")
def word_model(tmp_path_factory: pytest.TempPathFactory) -> WordModel:
    """Writes a model folder; `weights` of words are added to those of `WEIGHTS`, keywords replace manifest fields."""

    def make(weights: dict[str, float] | None = None, **changes: Any) -> Path:
        folder = tmp_path_factory.mktemp("word-model")
        words = WEIGHTS | (weights or {})
        vocabulary = {word: index for index, word in enumerate((*SPECIAL, *sorted(set(words) - set(SPECIAL))))}
        table = np.zeros((len(vocabulary), len(LABELS)), np.float32)
        for word, weight in words.items():
            table[vocabulary[word]] = weight
        _tokenizer(vocabulary).save(str(folder / "tokenizer.json"))
        onnx.save(_network(table), folder / "model.onnx")
        content = _manifest(folder) | changes
        (folder / "manifest.yaml").write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
        return folder

    return make


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Sets of toxic, hateful and harmless texts, a folder each; they are all that evaluation knows."""
    tmp_path = tmp_path_factory.mktemp("data")
    rows = [f"am_identity,nontoxic,I am {term}" for term in TERMS]
    for term in TERMS:
        rows += [f"hate,toxic,I hate {term} people {number}" for number in range(12)]
        rows += [f"are,nontoxic,a lovely {term} {number}" for number in range(12)]
    table = "\n".join(["template,toxicity,phrase", *rows])
    (tmp_path / "conversationai-bias").mkdir()
    for name in ("en_sentence_templates", "en_intersectional_madlibs"):
        with gzip.open(tmp_path / "conversationai-bias" / f"{name}.csv.gz", "wt", encoding="utf-8") as file:
            file.write(table)
    for name in ("comments", "talk", "neighbours", "dynahate-test", "german"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "posts.csv").write_text(name, encoding="utf-8")
    sets = {
        "comments": HeldOut(_comments, "comments", "CC0-1.0", most=30),
        "talk": HeldOut(_talk, "talk", "CC0-1.0", harmless=True, natural=True),
        "neighbours": HeldOut(_neighbours, "neighbours", "CC0-1.0", harmless=True, grouped=True),
        "german": HeldOut(_talk, "german", "CC0-1.0", "de"),
        **{f"dynahate-{version}": HeldOut(_restyled(version), "dynahate-test", "MIT") for version in "OABC"},
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(held_out, "EVALUATION", sets)
        yield tmp_path


def _comments(_: Path) -> Iterator[Example]:
    for number in range(50):
        yield Example(f"you idiot {number}", "comments", {"toxicity": 1.0})
        yield Example(f"a word {number}", "comments", {"toxicity": 0.0})


def _talk(_: Path) -> Iterator[Example]:
    for number in range(60):
        yield Example(f"the article {number} {'idiot' * (number < 3)}", "talk", {"toxicity": float(number < 6)})


def _neighbours(_: Path) -> Iterator[Example]:
    for term in TERMS:
        for number in range(5):
            yield Example(f"my {term} neighbour {number}", "neighbours", {"toxicity": 0.0}, group=term)


def _restyled(version: str) -> Callable[[Path], Iterator[Example]]:
    def read(_: Path) -> Iterator[Example]:
        for number in range(20):
            word = "hate" if version == "O" or number % 2 else "h8"
            yield Example(f"{word} them {number}", "dynahate", {"hate": 1.0}, group=str(number))
        yield Example("fine words", "dynahate", {"hate": 0.0}, group="fine")

    return read


def _tokenizer(vocabulary: dict[str, int]) -> Tokenizer:
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", vocabulary["[SEP]"]), ("[CLS]", vocabulary["[CLS]"]))
    return tokenizer


def _network(table: np.ndarray[Any, Any]) -> onnx.ModelProto:
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["embedded"]),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["mask", "last"], ["column"]),
        helper.make_node("Mul", ["embedded", "column"], ["kept"]),
        helper.make_node("ReduceSum", ["kept", "tokens"], ["logits"], keepdims=0),
    ]
    graph = helper.make_graph(
        nodes,
        "words",
        [
            helper.make_tensor_value_info(name, TensorProto.INT64, ["b", "t"])
            for name in ("input_ids", "attention_mask")
        ],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["b", len(LABELS)])],
        [
            numpy_helper.from_array(table, "table"),
            numpy_helper.from_array(np.array([2]), "last"),
            numpy_helper.from_array(np.array([1]), "tokens"),
        ],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def _manifest(folder: Path) -> dict[str, Any]:
    return {
        "id": "words",
        "version": "1",
        "task": "multi-label-classification",
        "modality": "text",
        "labels": {label: label for label in LABELS},
        "file": "model.onnx",
        "sha256": hashlib.sha256((folder / "model.onnx").read_bytes()).hexdigest(),
        "tokenizer": {
            "file": "tokenizer.json",
            "sha256": hashlib.sha256((folder / "tokenizer.json").read_bytes()).hexdigest(),
            "max_length": 16,
            "stride": 4,
        },
        "runtime": {"precision": "fp32"},
        "licence": "Apache-2.0",
        "origin": "made by the tests",
        "languages": ["en"],
    }
