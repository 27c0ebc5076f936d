"""Row-wise int8: a row's result does not depend on its batch, and stays close to fp32."""

import numpy as np
import pytest
from onnx import helper

from models.training.rowwise import int8_columns, quantise
from tests.unit.models.training.graphs import LONGEST, WORDS, linear, scores, session_of, transformer, value


def test_a_row_scores_the_same_alone_as_in_any_batch() -> None:
    session = session_of(quantise(transformer()))
    chance = np.random.default_rng(1)
    rows = [chance.integers(1, WORDS, chance.integers(2, LONGEST + 1)) for _ in range(300)]
    alone = np.concatenate([scores(session, [row]) for row in rows])
    for size in (2, 3, 7, 32, 100):
        order = chance.permutation(len(rows))
        for start in range(0, len(rows), size):
            batch = order[start : start + size]
            assert np.array_equal(scores(session, [rows[i] for i in batch]), alone[batch])


def test_a_row_does_not_see_how_large_its_neighbours_are() -> None:
    """With one scale over the batch, as ONNX Runtime's own dynamic quantisation has it, this fails."""
    small, large = np.full((1, 8), 0.01, np.float32), np.full((1, 8), 1000, np.float32)
    session = session_of(quantise(linear(np.eye(8, dtype=np.float32))))
    alone = session.run(None, {"x": small})[0]
    together = session.run(None, {"x": np.concatenate([large, small])})[0]
    assert np.array_equal(together[1:], alone)
    np.testing.assert_allclose(alone, small, rtol=1e-2)


def test_the_scores_stay_close_to_fp32() -> None:
    model = transformer()
    exact, int8 = session_of(model), session_of(quantise(model))
    chance = np.random.default_rng(2)
    rows = [chance.integers(1, WORDS, chance.integers(2, LONGEST + 1)) for _ in range(100)]
    expected, got = scores(exact, rows), scores(int8, rows)
    assert np.abs(got - expected).max() < 0.05 * np.abs(expected).max()
    assert np.corrcoef(got.ravel(), expected.ravel())[0, 1] > 0.999


def test_a_row_of_zeros_gives_zeros() -> None:
    session = session_of(quantise(linear(np.ones((8, 3), np.float32))))
    assert not session.run(None, {"x": np.zeros((2, 8), np.float32)})[0].any()


def test_an_input_of_several_products_is_quantised_once() -> None:
    operators = [node.op_type for node in quantise(transformer()).graph.node]
    assert operators.count("MatMulInteger") == 7
    assert operators.count("QuantizeLinear") == 5  # Q, K and V share theirs


def test_only_operators_of_the_standard_are_used() -> None:
    model = quantise(transformer())
    assert {node.domain for node in model.graph.node} <= {"", "ai.onnx"}
    assert {entry.domain for entry in model.opset_import} <= {"", "ai.onnx"}


def test_weights_and_embedding_shrink_to_a_quarter() -> None:
    model = transformer()
    assert quantise(model).ByteSize() < 0.35 * model.ByteSize()


def test_a_graph_without_weights_is_refused() -> None:
    graph = helper.make_graph(
        [helper.make_node("Abs", ["x"], ["y"])], "empty", [value("x", ("rows", 8))], [value("y", ("rows", 8))]
    )
    with pytest.raises(ValueError, match="no MatMul"):
        quantise(helper.make_model(graph))


def test_each_column_is_within_half_a_step_of_its_weights() -> None:
    weight = np.random.default_rng(3).normal(size=(50, 20)).astype(np.float32) * np.logspace(
        -3, 3, 20, dtype=np.float32
    )
    int8, scale = int8_columns(weight)
    assert int8.shape == weight.shape
    assert scale.shape == (20,)
    assert (np.abs(int8 * scale - weight) <= 0.5001 * scale).all()
