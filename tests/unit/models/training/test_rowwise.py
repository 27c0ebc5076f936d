"""Row-wise int8: a row's result does not depend on its batch, and stays close to fp32."""

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from models.training.rowwise import int8_columns, quantise

WORDS, WIDTH, HEADS, INNER, LABELS, LONGEST = 3000, 64, 4, 128, 6, 128


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


def scores(session: onnxruntime.InferenceSession, rows: list[NDArray[np.int64]]) -> NDArray[np.float32]:
    """Scores of token rows in one padded batch, as serving pads them."""
    width = -(-max(map(len, rows)) // 8) * 8
    ids = np.zeros((len(rows), width), np.int64)
    for index, row in enumerate(rows):
        ids[index, : len(row)] = row
    result: NDArray[np.float32] = session.run(None, {"input_ids": ids, "attention_mask": (ids > 0).astype(np.int64)})[0]
    return result


def session_of(model: onnx.ModelProto) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def linear(weight: NDArray[np.float32]) -> onnx.ModelProto:
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"])],
        "linear",
        [value("x", ("rows", weight.shape[0]))],
        [value("y", ("rows", weight.shape[1]))],
        [numpy_helper.from_array(weight, "w")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)


def transformer() -> onnx.ModelProto:
    """One layer of a BERT classifier with random weights."""
    chance = np.random.default_rng(0)
    constants: list[onnx.TensorProto] = []

    def constant(name: str, array: NDArray[np.generic]) -> str:
        constants.append(numpy_helper.from_array(array, name))
        return name

    def weight(name: str, *shape: int) -> str:
        return constant(name, chance.normal(0, shape[0] ** -0.5, shape).astype(np.float32))

    def node(operator: str, inputs: list[str], output: str, **attributes: object) -> onnx.NodeProto:
        return helper.make_node(operator, inputs, [output], **attributes)

    def projected(inputs: str, output: str, rows: int, columns: int) -> list[onnx.NodeProto]:
        bias = constant(f"{output}_bias", chance.normal(size=columns).astype(np.float32))
        return [
            node("MatMul", [inputs, weight(f"{output}_weight", rows, columns)], f"{output}_product"),
            node("Add", [f"{output}_product", bias], output),
        ]

    def split(states: str, output: str, order: list[int]) -> list[onnx.NodeProto]:
        return [
            node("Reshape", [states, "by_head"], f"{output}_split"),
            node("Transpose", [f"{output}_split"], output, perm=order),
        ]

    constant("by_head", np.array([0, 0, HEADS, WIDTH // HEADS]))
    constant("whole", np.array([0, 0, WIDTH]))
    constant("ones", np.ones(WIDTH, np.float32))
    constant("zeros", np.zeros(WIDTH, np.float32))
    constant("one", np.array(1, np.float32))
    constant("far", np.array(-1e4, np.float32))
    constant("heads_and_queries", np.array([1, 2]))
    constant("first", np.array(0))
    nodes = [
        node("Gather", [weight("table", WORDS, WIDTH), "input_ids"], "words"),
        node("LayerNormalization", ["words", "ones", "zeros"], "hidden"),
        node("Cast", ["attention_mask"], "kept", to=TensorProto.FLOAT),
        node("Sub", ["one", "kept"], "left_out"),
        node("Mul", ["left_out", "far"], "flat_padding"),
        node("Unsqueeze", ["flat_padding", "heads_and_queries"], "padding"),
        *projected("hidden", "q", WIDTH, WIDTH),
        *projected("hidden", "k", WIDTH, WIDTH),
        *projected("hidden", "v", WIDTH, WIDTH),
        *split("q", "queries", [0, 2, 1, 3]),
        *split("k", "keys", [0, 2, 3, 1]),
        *split("v", "values", [0, 2, 1, 3]),
        node("MatMul", ["queries", "keys"], "raw"),
        node("Add", ["raw", "padding"], "masked"),
        node("Softmax", ["masked"], "weights", axis=-1),
        node("MatMul", ["weights", "values"], "context_by_head"),
        node("Transpose", ["context_by_head"], "context_split", perm=[0, 2, 1, 3]),
        node("Reshape", ["context_split", "whole"], "context"),
        *projected("context", "attended", WIDTH, WIDTH),
        node("Add", ["attended", "hidden"], "with_attention"),
        node("LayerNormalization", ["with_attention", "ones", "zeros"], "middle"),
        *projected("middle", "inner", WIDTH, INNER),
        node("Gelu", ["inner"], "active"),
        *projected("active", "outer", INNER, WIDTH),
        node("Add", ["outer", "middle"], "with_inner"),
        node("LayerNormalization", ["with_inner", "ones", "zeros"], "last"),
        node("Gather", ["last", "first"], "pooled", axis=1),
        node(
            "Gemm", ["pooled", weight("label_weight", LABELS, WIDTH), weight("label_bias", LABELS)], "logits", transB=1
        ),
    ]
    inputs = [value(name, ("batch", "seq"), TensorProto.INT64) for name in ("input_ids", "attention_mask")]
    graph = helper.make_graph(nodes, "transformer", inputs, [value("logits", ("batch", LABELS))], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)


def value(name: str, shape: tuple[str | int, ...], kind: int = TensorProto.FLOAT) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, kind, shape)
