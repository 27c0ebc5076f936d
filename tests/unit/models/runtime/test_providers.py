"""What ONNX Runtime is asked for, with the sessions made on the CPU whatever was asked."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import onnxruntime
import pytest

from models.image.onnx import fixed
from models.manifest import SHIPPED, load
from models.runtime.providers import Asked, FixedShapes, asked
from models.runtime.sessions import Sessions

ALL = ["TensorrtExecutionProvider", "CUDAExecutionProvider", "CPUExecutionProvider"]
CUDA = {
    "enable_cuda_graph": "1",
    "cudnn_conv_algo_search": "EXHAUSTIVE",
    "cudnn_conv_use_max_workspace": "1",
    "arena_extend_strategy": "kSameAsRequested",
}


class Recording:
    """Makes sessions on the CPU and keeps what was asked for."""

    def __init__(self) -> None:
        self.asked: list[list[Asked]] = []

    def __call__(self, model: bytes, options: Any, providers: Sequence[Asked]) -> Any:
        self.asked.append(list(providers))
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


@pytest.fixture(autouse=True)
def a_machine_with_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("onnxruntime.get_available_providers", lambda: ALL)


@pytest.fixture
def shapes(tmp_path: Path) -> FixedShapes:
    return FixedShapes(half=False, graphs=True, engines=tmp_path / "engines")


def test_a_picture_model_asks_cuda_for_graphs_and_its_workspace(tiny_model: Path, shapes: FixedShapes) -> None:
    made = Recording()
    Sessions(tiny_model / "model.onnx", "auto", count=2, suited=("cuda", "cpu"), fixed=shapes, create=made)
    assert made.asked == [[("CUDAExecutionProvider", CUDA), ("CPUExecutionProvider", {})]] * 2
    assert not shapes.engines.exists()


def test_auto_asks_only_for_what_the_model_is_made_for(tiny_model: Path, shapes: FixedShapes) -> None:
    made = Recording()
    Sessions(tiny_model / "model.onnx", "auto", count=1, suited=("cpu",), fixed=shapes, create=made)
    assert made.asked == [[("CPUExecutionProvider", {})]]


def test_a_text_model_asks_for_no_options(tiny_model: Path) -> None:
    made = Recording()
    Sessions(tiny_model / "model.onnx", "tensorrt", count=1, create=made)
    assert made.asked == [[(name, {}) for name in ALL]]


@pytest.mark.parametrize("half", [False, True])
def test_tensorrt_keeps_its_engines_and_computes_in_fp16_only_what_is_fp16(
    tiny_model: Path, tmp_path: Path, half: bool
) -> None:
    made = Recording()
    engines = tmp_path / "kept" / "engines"
    shapes = FixedShapes(half, True, engines)
    Sessions(tiny_model / "model.onnx", "tensorrt", count=1, fixed=shapes, create=made)
    ((name, options), (behind, cuda), _) = made.asked[0]
    assert (name, behind) == tuple(ALL[:2])
    assert options == {
        "trt_fp16_enable": "1" if half else "0",
        "trt_engine_cache_enable": "1",
        "trt_engine_cache_path": str(engines),
        "trt_timing_cache_enable": "1",
        "trt_timing_cache_path": str(engines),
    }
    assert engines.is_dir()
    # Behind TensorRT CUDA has not all nodes, and a session that asks for graphs would not load.
    assert cuda == CUDA | {"enable_cuda_graph": "0"}


def test_a_manifest_can_do_without_graphs(tmp_path: Path) -> None:
    ((_, options),) = asked(["cuda"], FixedShapes(False, False, tmp_path))
    assert options["enable_cuda_graph"] == "0"


def test_engines_are_kept_for_each_model_file_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    spec = load(SHIPPED / "image-weapons")
    found = fixed(spec)
    assert found == FixedShapes(False, True, tmp_path / "moderation" / "tensorrt" / spec.sha256)
    other = spec.model_copy(update={"sha256": "0" * 64})
    assert fixed(other).engines != found.engines
