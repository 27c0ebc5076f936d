"""The n-grams of characters in ONNX, with standard operators only: in training to find them, in serving to add them up.

An n-gram is a number below `PRIME`: a polynomial of its characters modulo that prime, so that no product of two
numbers leaves 63 bits. Its remainder is its bucket in the table, the rest of it tells it from others of that bucket.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from models.training.ngrams.alphabet import BEGIN, BLANK, END

PRIME = 2**31 - 1
_BASE = 1_000_003
_MIX, _ORDER = 1_540_483_477, 786_433  # so that neighbours spread, and no n-gram is one of another order
NOBODY = 255
"""The mark of a bucket that no n-gram owns."""
_MARKS = 251  # a prime below `NOBODY`
_OPSET = 20


@dataclass(frozen=True, slots=True)
class Table:
    """What the model has learnt: shape (buckets, labels) of weights times idf, (buckets,) of idf squared and of marks.

    The logits of a text are (sum of weights) / sqrt(shrinkage + sum of squares) + bias, over all its n-grams that own
    their bucket.
    """

    marks: NDArray[np.uint8]
    weights: NDArray[np.float32]
    squares: NDArray[np.float32]
    bias: NDArray[np.float32]
    shrinkage: float
    orders: tuple[int, ...]

    @property
    def buckets(self) -> int:
        return len(self.marks)


def marks_of(ngrams: NDArray[np.int64], buckets: int) -> NDArray[np.uint8]:
    """What tells n-grams of one bucket apart, as the graph computes it."""
    return (ngrams // buckets % _MARKS).astype(np.uint8)


def finder(orders: tuple[int, ...]) -> ModelProto:
    """`input_ids` and `attention_mask`, int64 (batch, tokens), to `ngrams`, int64 (batch, places), -1 where none is."""
    nodes = _Nodes()
    ngrams, valid = _ngrams(nodes, orders)
    nodes.add("Where", valid, ngrams, nodes.constant(np.int64(-1)), to="ngrams")
    return _model(nodes, "ngrams", TensorProto.INT64, ["batch", "places"])


def classifier(table: Table, quantised: bool = True) -> ModelProto:
    """`input_ids` and `attention_mask`, int64 (batch, tokens), to `logits`, float (batch, labels)."""
    nodes = _Nodes()
    ngrams, valid = _ngrams(nodes, table.orders)
    size = nodes.constant(np.int64(table.buckets))
    bucket = nodes.add("Mod", ngrams, size)
    mark = nodes.add("Mod", nodes.add("Div", ngrams, size), nodes.constant(np.int64(_MARKS)))
    expected = nodes.add("Cast", nodes.add("Gather", nodes.constant(table.marks), bucket), attributes={"to": _INT64})
    counts = nodes.add("And", valid, nodes.add("Equal", mark, expected))
    # What does not count looks up one row more, of zeros.
    place = nodes.add("Where", counts, bucket, nodes.constant(np.int64(table.buckets)))
    sums, scales = _sums(nodes, table, place, quantised)
    labels = table.weights.shape[1]
    parts = (nodes.constant(np.array([0])), nodes.constant(np.array([labels])), nodes.constant(np.array([labels + 1])))
    real = nodes.add("Mul", sums, nodes.constant(scales))
    axis = nodes.constant(np.array([1]))
    weighed, squared = nodes.add("Slice", real, *parts[:2], axis), nodes.add("Slice", real, *parts[1:], axis)
    length = nodes.add("Sqrt", nodes.add("Add", squared, nodes.constant(np.float32(table.shrinkage))))
    nodes.add("Add", nodes.add("Div", weighed, length), nodes.constant(table.bias), to="logits")
    return _model(nodes, "logits", TensorProto.FLOAT, ["batch", labels])


_INT64, _FLOAT = int(TensorProto.INT64), int(TensorProto.FLOAT)


def _sums(nodes: "_Nodes", table: Table, place: str, quantised: bool) -> tuple[str, NDArray[np.float32]]:
    """The sums over the places of every column, in units of `scales`: whole numbers where quantised, exact in fp32."""
    columns = np.concatenate([table.weights, table.squares[:, None]], axis=1)
    columns = np.concatenate([columns, np.zeros_like(columns[:1])])
    scales = np.ones(columns.shape[1], np.float32)
    if quantised:
        scales = np.abs(columns).max(axis=0).astype(np.float32) / np.float32(127)
        columns = np.rint(columns / np.maximum(scales, 1e-12)).astype(np.int8)
    picked = nodes.add("Gather", nodes.constant(columns), place)
    if quantised:
        picked = nodes.add("Cast", picked, attributes={"to": _FLOAT})
    return nodes.add("ReduceSum", picked, nodes.constant(np.array([1])), attributes={"keepdims": 0}), scales


def _ngrams(nodes: "_Nodes", orders: tuple[int, ...]) -> tuple[str, str]:
    """The n-grams of all orders, side by side, and which of them are any: within a word and its two blanks."""
    ids = nodes.add("Mul", "input_ids", "attention_mask")
    zero, blank = nodes.constant(np.int64(0)), nodes.constant(np.int64(BLANK))
    edge = nodes.add(
        "Or",
        nodes.add("Equal", ids, nodes.constant(np.int64(BEGIN))),
        nodes.add("Equal", ids, nodes.constant(np.int64(END))),
    )
    letters = nodes.add("Where", edge, blank, ids)
    inside = nodes.add("Not", nodes.add("Equal", letters, blank))
    there = nodes.add("Greater", letters, zero)
    base, prime, mix = (nodes.constant(np.int64(number)) for number in (_BASE, PRIME, _MIX))
    found, valid = [], []
    value, unbroken = letters, there
    for order in range(1, max(orders) + 1):
        if order > 1:
            shifted = nodes.add("Add", nodes.add("Mul", nodes.up_to(value, -1), base), nodes.since(letters, order - 1))
            value = nodes.add("Mod", shifted, prime)
            # The first and the last may be blanks, what stands between them not.
            unbroken = nodes.up_to(unbroken, -1)
            if order > 2:
                unbroken = nodes.add("And", unbroken, nodes.up_to(nodes.since(inside, order - 2), -1))
        if order in orders:
            salt = nodes.constant(np.int64(order * _ORDER))
            found.append(nodes.add("Mod", nodes.add("Add", nodes.add("Mul", value, mix), salt), prime))
            valid.append(nodes.add("And", unbroken, inside if order == 1 else nodes.since(there, order - 1)))
    return nodes.add("Concat", *found, attributes={"axis": 1}), nodes.add("Concat", *valid, attributes={"axis": 1})


class _Nodes:
    """Nodes and constants, named as they come."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.initializers: list[TensorProto] = []
        self._names = self._numbers()

    @staticmethod
    def _numbers() -> Iterator[str]:
        number = 0
        while True:
            number += 1
            yield f"n{number}"

    def constant(self, value: NDArray[np.generic] | np.generic) -> str:
        name = next(self._names)
        self.initializers.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def add(self, operator: str, *inputs: str, to: str | None = None, attributes: dict[str, int] | None = None) -> str:
        output = to or next(self._names)
        self.nodes.append(helper.make_node(operator, inputs, [output], **(attributes or {})))
        return output

    def up_to(self, values: str, end: int) -> str:
        """The columns before `end`."""
        return self._columns(values, 0, end)

    def since(self, values: str, start: int) -> str:
        """The columns from `start`."""
        return self._columns(values, start, 2**31)

    def _columns(self, values: str, start: int, end: int) -> str:
        bounds = (self.constant(np.array([number])) for number in (start, end, 1))
        return self.add("Slice", values, *bounds)


def _model(nodes: _Nodes, output: str, kind: int, shape: list[str | int]) -> ModelProto:
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"])
        for name in ("input_ids", "attention_mask")
    ]
    graph = helper.make_graph(
        nodes.nodes, "ngrams", inputs, [helper.make_tensor_value_info(output, kind, shape)], nodes.initializers
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=10)
    onnx.checker.check_model(model)
    return model
