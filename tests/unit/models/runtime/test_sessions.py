"""Sessions: what they run on is what is reported, and a wrong one is refused."""

import os
from pathlib import Path

import numpy as np
import onnx
import pytest

from models.runtime.sessions import Sessions, cores
from moderation.errors import ModelError


@pytest.fixture
def model(tiny_model: Path) -> Path:
    return tiny_model / "model.onnx"


def test_every_session_reports_what_it_really_runs_on(model: Path) -> None:
    sessions = Sessions(model, "cpu", count=3)
    assert sessions.providers == ("cpu", "cpu", "cpu")
    assert sessions.provider == "cpu"
    assert len(sessions) == 3


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system cannot bind a process to cores")
def test_there_is_one_session_for_each_core_this_process_may_use(model: Path) -> None:
    allowed = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(allowed)})
        assert cores() == len(Sessions(model, "cpu")) == 1
    finally:
        os.sched_setaffinity(0, allowed)


def test_auto_stays_with_the_providers_the_model_is_made_for(model: Path) -> None:
    assert Sessions(model, "auto", fallback=False, count=1, suited=("cpu",)).provider == "cpu"


@pytest.mark.parametrize("provider", ["cuda", "tensorrt"])
def test_a_provider_that_cannot_be_had_is_an_error_unless_fallback_is_allowed(
    model: Path, provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Where there is a GPU the installed providers are cut to what every machine has.
    monkeypatch.setattr("onnxruntime.get_available_providers", lambda: ["CPUExecutionProvider"])
    with pytest.raises(ModelError, match=f"asked for provider '{provider}', got 'cpu'"):
        Sessions(model, provider, fallback=False)  # type: ignore[arg-type]
    assert set(Sessions(model, provider, fallback=True).providers) == {"cpu"}  # type: ignore[arg-type]


def test_a_file_that_is_no_model_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "broken.onnx"
    path.write_bytes(b"not a model")
    with pytest.raises(ModelError, match=r"broken\.onnx: ONNX Runtime cannot load it"):
        Sessions(path, "cpu")


def test_weights_beside_the_file_which_no_hash_covers_are_not_loaded(model: Path, tmp_path: Path) -> None:
    split = tmp_path / "split.onnx"
    onnx.save(onnx.load(model), split, save_as_external_data=True, location="weights.bin", size_threshold=0)
    assert (tmp_path / "weights.bin").exists()
    with pytest.raises(ModelError, match=r"split\.onnx: ONNX Runtime cannot load it"):
        Sessions(split, "cpu")


def test_a_file_that_is_missing_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"none\.onnx: cannot be read"):
        Sessions(tmp_path / "none.onnx", "cpu")


def test_each_session_computes_the_same(model: Path) -> None:
    sessions = Sessions(model, "cpu", count=2)
    ids = np.array([[2, 4, 5, 3]])
    feeds = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
    assert np.array_equal(sessions.run(feeds, 0), sessions.run(feeds, 1))
