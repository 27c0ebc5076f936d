"""Small graphs with random weights, and what they score."""

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

WORDS, WIDTH, HEADS, INNER, LABELS, LONGEST = 3000, 64, 4, 128, 6, 128


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
