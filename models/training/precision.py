"""The precisions that a graph is exported in, each made from a fp32 or a row-wise int8 graph."""

from typing import Literal, get_args

from onnx import ModelProto
from onnxruntime.transformers.float16 import convert_float_to_float16

from models.training.dequantise import dequantise, is_rowwise
from models.training.rowwise import quantise

Precision = Literal["fp32", "fp16", "int8"]
PRECISIONS: tuple[Precision, ...] = get_args(Precision)

NAMES: dict[Precision, str] = {"fp32": "fp32", "fp16": "fp16", "int8": "int8-rowwise"}
"""Precision -> what the manifest calls it."""

PROVIDERS: dict[Precision, tuple[str, ...]] = {"fp32": ("cpu", "cuda"), "fp16": ("cuda",), "int8": ("cpu",)}
"""Precision -> the devices that it is made for. Every one of them runs on the CPU too."""


def in_precision(model: ModelProto, precision: Precision) -> ModelProto:
    """`model`, fp32 or row-wise int8, in `precision`, without notes of its exporter. The input is not changed.

    Inputs and logits keep their types; fp16 is inside only. Raises `ValueError` for integer products that are not
    ours, and where int8 is asked for and there is nothing to quantise.
    """
    if precision == "int8":
        return anonymous(_copy(model) if is_rowwise(model) else quantise(model))
    exact = dequantise(model) if is_rowwise(model) else _copy(model)
    return anonymous(_half(exact) if precision == "fp16" else exact)


def anonymous(model: ModelProto) -> ModelProto:
    """`model` itself without what the exporter notes of each node: stack traces with the paths of this machine."""
    for part in (model, model.graph, *model.graph.node, *model.graph.value_info, *model.graph.initializer):
        part.doc_string = ""
        del part.metadata_props[:]
    return model


def _half(model: ModelProto) -> ModelProto:
    """`model` changed to fp16. What marks padding is cut to -65504, which is as good as minus infinity."""
    halved: ModelProto = convert_float_to_float16(model, keep_io_types=True)
    del halved.graph.value_info[:]  # the converter's; some of them keep the old type
    return halved


def _copy(model: ModelProto) -> ModelProto:
    copy = ModelProto()
    copy.CopyFrom(model)
    return copy
