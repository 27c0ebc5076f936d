"""What is asked of ONNX Runtime: providers, best first, each with its options."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Provider = Literal["tensorrt", "cuda", "cpu"]
NAMES: dict[Provider, str] = {
    "tensorrt": "TensorrtExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "cpu": "CPUExecutionProvider",
}
"""Provider -> its name in ONNX Runtime, best first."""

Asked = tuple[str, dict[str, str]]
"""A provider's name in ONNX Runtime and its options."""


@dataclass(frozen=True, slots=True)
class FixedShapes:
    """Of a model whose inputs have few shapes, each bound once: what may be asked of a GPU besides.

    `half`: the graph is in fp16. `graphs`: it may be replayed as a CUDA graph. `engines`: where TensorRT keeps what
    it compiled, a folder for one model file alone, since TensorRT does not see that a file has changed.
    """

    half: bool
    graphs: bool
    engines: Path


def asked(order: Sequence[Provider], fixed: FixedShapes | None) -> list[Asked]:
    """The providers of `order` with their options; without `fixed` no options."""
    return [(NAMES[name], {} if fixed is None else _options(name, order, fixed)) for name in order]


def _options(name: Provider, order: Sequence[Provider], fixed: FixedShapes) -> dict[str, str]:
    if name == "cuda":
        # A graph must be CUDA's alone: behind TensorRT, which takes most of the nodes, the session would not load.
        graphs = fixed.graphs and order[0] == "cuda"
        return {
            "enable_cuda_graph": "1" if graphs else "0",
            "cudnn_conv_algo_search": "EXHAUSTIVE",  # once for each shape, and there are few
            "cudnn_conv_use_max_workspace": "1",
            "arena_extend_strategy": "kSameAsRequested",  # no shape comes later that the arena would have to grow for
        }
    if name == "tensorrt":
        return {
            "trt_fp16_enable": "1" if fixed.half else "0",
            "trt_engine_cache_enable": "1",
            "trt_engine_cache_path": str(fixed.engines),
            "trt_timing_cache_enable": "1",
            "trt_timing_cache_path": str(fixed.engines),
        }
    return {}
