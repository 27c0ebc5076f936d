"""The way back from `models.training.rowwise`: a float graph out of an int8 one, for devices that prefer floats.

The weights are those of int8, each the product of its number and its scale; only the rounding of activations is gone.
"""

from collections.abc import Iterable, Iterator

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper


def is_rowwise(model: ModelProto) -> bool:
    """Whether `rowwise.quantise` made it."""
    return any(node.op_type == "MatMulInteger" for node in model.graph.node)


def dequantise(model: ModelProto) -> ModelProto:
    """A copy of `model` in fp32, each row-wise product a MatMul again and each int8 embedding a Gather.

    Raises `ValueError` for integer products that `rowwise.quantise` did not make.
    """
    model = onnx.ModelProto.FromString(model.SerializeToString())
    graph = _Graph(model)
    replaced = dict(graph.products()) | dict(graph.embeddings())
    nodes = [replaced.get(node.output[0], node) for node in model.graph.node]
    alive = list(_alive(nodes, [output.name for output in model.graph.output]))
    del model.graph.node[:]
    model.graph.node.extend(alive)
    used = {name for node in alive for name in node.input}
    kept = [i for i in (*model.graph.initializer, *graph.floats) if i.name in used]
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    del model.graph.value_info[:]
    onnx.checker.check_model(model)
    return model


class _Graph:
    """Who makes and who takes each value; collects the float weights in `floats`."""

    def __init__(self, model: ModelProto) -> None:
        self.nodes = model.graph.node
        self.made_by = {output: node for node in self.nodes for output in node.output}
        self.taken_by: dict[str, list[NodeProto]] = {}
        for node in self.nodes:
            for name in node.input:
                self.taken_by.setdefault(name, []).append(node)
        self.constants = {i.name: i for i in model.graph.initializer}
        self.floats: list[TensorProto] = []

    def products(self) -> Iterator[tuple[str, NodeProto]]:
        """Output of a row-wise product -> the MatMul that stands for it."""
        for node in self.nodes:
            if node.op_type != "MatMulInteger":
                continue
            by_column = self._only_taker(self._only_taker(node, "DequantizeLinear"), "Mul")
            output = self._only_taker(by_column, "Reshape").output[0]
            flat = self._maker_of(self._maker_of(node.input[0], "QuantizeLinear").input[0], "Reshape")
            weight = self._array(node.input[1]) * self._array(by_column.input[1])
            yield output, helper.make_node("MatMul", [flat.input[0], self._float(node.input[1], weight)], [output])

    def embeddings(self) -> Iterator[tuple[str, NodeProto]]:
        """Output of an int8 embedding -> the Gather that stands for it."""
        for node in self.nodes:
            table = self.constants.get(node.input[0]) if node.op_type == "Gather" else None
            if table is None or table.data_type != TensorProto.INT8:
                continue
            product = self._only_taker(self._only_taker(node, "Cast"), "Mul")
            scale = self._maker_of(product.input[1], "Gather").input[0]
            rows = self._array(node.input[0]) * self._array(scale)
            output = product.output[0]
            yield output, helper.make_node("Gather", [self._float(node.input[0], rows), node.input[1]], [output])

    def _only_taker(self, node: NodeProto, operator: str) -> NodeProto:
        takers = self.taken_by.get(node.output[0], [])
        if len(takers) != 1 or takers[0].op_type != operator:
            raise _foreign(f"{node.output[0]} is not taken by one {operator}")
        return takers[0]

    def _maker_of(self, name: str, operator: str) -> NodeProto:
        maker = self.made_by.get(name)
        if maker is None or maker.op_type != operator:
            raise _foreign(f"{name} is not made by {operator}")
        return maker

    def _array(self, name: str) -> NDArray[np.float32]:
        return numpy_helper.to_array(self.constants[name]).astype(np.float32)

    def _float(self, name: str, array: NDArray[np.float32]) -> str:
        self.floats.append(numpy_helper.from_array(array, f"{name}_float"))
        return self.floats[-1].name


def _alive(nodes: Iterable[NodeProto], outputs: Iterable[str]) -> Iterable[NodeProto]:
    """The nodes on which an output depends, in order."""
    needed = set(outputs)
    kept = []
    for node in reversed(list(nodes)):
        if needed.intersection(node.output):
            needed.update(node.input)
            kept.append(node)
    return reversed(kept)


def _foreign(what: str) -> ValueError:
    return ValueError(f"{what}: not a graph that models/training/rowwise.py made")
