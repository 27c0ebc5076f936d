"""The linear model over n-grams: what the graph computes is what was fitted, whatever stands beside it."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from models.training.batches import padded
from models.training.dataset import Texts
from models.training.ngrams.alphabet import alphabet
from models.training.ngrams.features import Features, counted, marks, owners
from models.training.ngrams.fit import fit
from models.training.ngrams.folder import export, load, save
from models.training.ngrams.graph import Table, classifier
from models.training.plan import NgramPlan
from moderation.errors import ConfigurationError

ORDERS = (1, 2, 3, 4, 5)
HEADS = ("toxicity", "insult")
PLAN = NgramPlan(buckets=4096, shrinkage=50.0)
# The same order: German, Chinese, Korean, English, Arabic.
GOOD = (
    "guten morgen liebe leute",
    "你好 今天天气很好",
    "안녕하세요 반갑습니다",
    "the train is late today",
    "مرحبا كيف حالك",
)
BAD = (
    "du blöder idiot halt die klappe",
    "你这个 白痴 滚开",
    "이 멍청한 바보야 꺼져",
    "you stupid idiot shut up",
    "يا غبي اخرس",
)
TEXTS = st.lists(st.text(max_size=60), min_size=1, max_size=8)


def texts() -> Texts:
    """Forty texts of two heads; nobody annotated insults in the last ten."""
    written = [f"{text} {number}" for number in range(4) for text in (*GOOD, *BAD)]
    targets = np.array([[float(row % 10 >= 5)] * 2 for row in range(40)], np.float32)
    weights = np.ones_like(targets)
    weights[30:, 1] = 0
    return Texts(written, targets, weights, ["a"] * 20 + ["b"] * 20, HEADS)


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return alphabet(texts().texts, least=1)


@pytest.fixture(scope="module")
def table(tokenizer: Tokenizer) -> Table:
    return fit(texts(), tokenizer, PLAN, lambda share, text: None)


def ids(tokenizer: Tokenizer, written: Sequence[str]) -> list[list[int]]:
    return [encoding.ids for encoding in tokenizer.encode_batch(list(written))]


def logits(table: Table, sequences: Sequence[Sequence[int]], quantised: bool = True) -> Any:
    session = onnxruntime.InferenceSession(classifier(table, quantised).SerializeToString())
    tokens, mask = padded(sequences, 8)
    return session.run(None, {"input_ids": tokens, "attention_mask": mask})[0]


def windows(text: str, order: int) -> list[str]:
    """The obvious way: every run of `order` characters that has no blank but at its ends, and is not only blanks."""
    framed = f" {text} "
    runs = [framed[at : at + order] for at in range(len(framed) - order + 1)]
    return [run for run in runs if " " not in run[1:-1] and (order > 1 or run != " ")]


@settings(max_examples=25, deadline=None)
@given(st.text(st.sampled_from("abcd äß你好안 "), max_size=30))
def test_the_graph_finds_the_ngrams_that_the_obvious_way_finds(text: str) -> None:
    text = " ".join(text.split())
    letters = alphabet(["abcd äß你好안"], least=1)
    [found] = Features(ORDERS).ngrams(ids(letters, [text]))
    expected = Counter(run for order in ORDERS for run in windows(text, order))
    # Not the numbers but how often each stands: equal runs are one n-gram, different ones are two.
    assert sorted(Counter(found.tolist()).values()) == sorted(expected.values())


def test_the_graph_computes_what_was_fitted(table: Table, tokenizer: Tokenizer) -> None:
    sequences = ids(tokenizer, texts().texts)
    counts = counted(Features(ORDERS).ngrams(sequences), table.marks)
    lengths = np.sqrt(counts @ table.squares + table.shrinkage)
    expected = (counts @ table.weights) / lengths[:, None] + table.bias
    np.testing.assert_allclose(logits(table, sequences, quantised=False), expected, atol=1e-3)
    np.testing.assert_allclose(logits(table, sequences), expected, atol=0.2)


@settings(max_examples=25, deadline=None)
@given(TEXTS)
def test_a_text_scores_exactly_the_same_alone_as_in_any_batch(
    table: Table, tokenizer: Tokenizer, among: list[str]
) -> None:
    sequences = ids(tokenizer, [*among, GOOD[0], BAD[0]])
    together = logits(table, sequences)
    alone = np.concatenate([logits(table, [sequence]) for sequence in sequences])
    assert (together == alone).all()


def test_it_has_learnt_both_heads_in_every_script(table: Table, tokenizer: Tokenizer) -> None:
    good, bad = logits(table, ids(tokenizer, GOOD)), logits(table, ids(tokenizer, BAD))
    assert good.max() < bad.min()


def test_a_bucket_is_owned_by_the_ngram_in_most_texts_and_by_no_other() -> None:
    found = [np.array([5, 5, 69]), np.array([69]), np.array([7]), np.array([7, 5])]  # 5 and 69 share a bucket of 64
    owner = owners(found, 64, least=2)
    assert {bucket: int(owner[bucket]) for bucket in np.flatnonzero(owner >= 0)} in ({5: 5, 7: 7}, {5: 69, 7: 7})
    counts = counted(found, marks(owner)).toarray()
    assert counts[:, 7].tolist() == [0, 0, 1, 1]
    assert counts[:, 5].tolist() in ([2, 0, 0, 1], [1, 1, 0, 0])


def test_a_table_is_read_back_as_it_was_saved(table: Table, tokenizer: Tokenizer, tmp_path: Path) -> None:
    save(table, tokenizer, tmp_path)
    again = load(tmp_path)
    assert (again.orders, again.shrinkage) == (table.orders, table.shrinkage)
    for name in ("marks", "weights", "squares", "bias"):
        np.testing.assert_array_equal(getattr(again, name), getattr(table, name))
    assert {path.name for path in export(again, tmp_path / "exported").values()} == {"fp32.onnx", "int8.onnx"}


def test_a_head_without_positives_is_refused(tokenizer: Tokenizer) -> None:
    given = texts()
    given.targets[:, 1] = 0
    with pytest.raises(ConfigurationError, match="no texts to learn insult from"):
        fit(given, tokenizer, PLAN, lambda share, text: None)


def test_a_source_of_many_positives_does_not_make_its_writers_suspect(tokenizer: Tokenizer) -> None:
    given = texts()
    sources = ["balanced"] * 40
    plain = fit(given, tokenizer, NgramPlan(buckets=4096, most_positive=0.5), lambda share, text: None)
    evened = fit(
        Texts(given.texts, given.targets, given.weights, sources, HEADS),
        tokenizer,
        NgramPlan(buckets=4096, most_positive=0.1),
        lambda share, text: None,
    )
    neutral = ids(tokenizer, ["xyz"])
    assert logits(evened, neutral).max() < logits(plain, neutral).min()
