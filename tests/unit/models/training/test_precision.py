"""A graph in another precision computes the same function, within the bounds that docs/models.md states."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from models.training.precision import PRECISIONS, Precision, in_precision
from models.training.rowwise import quantise
from tests.unit.models.training.graphs import LABELS, WORDS, scores, session_of, transformer, value

CHANCE = np.random.default_rng(5)
_PLAIN = {"Gemm": ["MatMul", "Add"]}
ROWS = [CHANCE.integers(1, WORDS, CHANCE.integers(2, 128)) for _ in range(60)]


def test_what_was_quantised_comes_back_as_the_same_graph_with_rounded_weights() -> None:
    model = transformer()
    back = in_precision(quantise(model), "fp32")
    operators = [operator for node in model.graph.node for operator in _PLAIN.get(node.op_type, [node.op_type])]
    assert sorted(node.op_type for node in back.graph.node) == sorted(operators)
    expected, got = scores(session_of(model), ROWS), scores(session_of(back), ROWS)
    assert np.abs(got - expected).max() < 0.03 * np.abs(expected).max()


def test_quantising_what_was_dequantised_gives_the_same_scores_again() -> None:
    once = quantise(transformer())
    again = in_precision(in_precision(once, "fp32"), "int8")
    np.testing.assert_allclose(scores(session_of(again), ROWS), scores(session_of(once), ROWS), atol=1e-5)


@pytest.mark.parametrize("quantised", [False, True])
def test_fp16_stays_within_two_hundredths_of_its_fp32(quantised: bool) -> None:
    model = quantise(transformer()) if quantised else transformer()
    exact, half = (scores(session_of(in_precision(model, precision)), ROWS) for precision in ("fp32", "fp16"))
    assert half.dtype == np.float32
    assert np.abs(half - exact).max() < 0.02


def test_fp16_holds_no_other_floats_and_takes_half_the_room() -> None:
    half = in_precision(quantise(transformer()), "fp16")
    assert {i.data_type for i in half.graph.initializer} <= {TensorProto.FLOAT16, TensorProto.INT64}
    assert half.ByteSize() < 0.55 * transformer().ByteSize()


def test_padding_is_not_seen_in_fp16() -> None:
    session = session_of(in_precision(transformer(), "fp16"))
    alone, with_longer = scores(session, ROWS[:1]), scores(session, [ROWS[0], CHANCE.integers(1, WORDS, 128)])
    np.testing.assert_allclose(with_longer[:1], alone, atol=0.02)


@pytest.mark.parametrize("precision", PRECISIONS)
def test_nothing_of_the_exporters_machine_stays_and_the_original_is_not_touched(precision: Precision) -> None:
    model = transformer()
    model.graph.node[0].doc_string = "File '/somewhere/model.py', line 3"
    model.graph.node[0].metadata_props.add(key="stack_trace", value="/somewhere/model.py")
    before = model.SerializeToString()
    assert b"somewhere" not in in_precision(model, precision).SerializeToString()
    assert model.SerializeToString() == before


def test_integer_products_of_others_are_refused() -> None:
    graph = helper.make_graph(
        [helper.make_node("MatMulInteger", ["x", "w"], ["logits"])],
        "foreign",
        [value("x", ("rows", 8), TensorProto.UINT8), value("w", (8, LABELS), TensorProto.UINT8)],
        [value("logits", ("rows", LABELS), TensorProto.INT32)],
    )
    foreign = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    onnx.checker.check_model(foreign)
    with pytest.raises(ValueError, match=r"rowwise\.py"):
        in_precision(foreign, "fp32")
