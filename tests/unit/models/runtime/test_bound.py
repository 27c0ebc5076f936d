"""Bound memory: what comes out is what a plain run gives, and stays so whatever runs later."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper

from models.runtime.bound import Bound
from models.runtime.classifier import Array
from models.runtime.sessions import Sessions

SHAPE = (4, 3, 3)
BATCH = 8


@pytest.fixture(scope="module")
def sessions(tmp_path_factory: pytest.TempPathFactory) -> Sessions:
    """Two sessions of a picture model with two random columns."""
    weights = np.random.default_rng(0).normal(size=(int(np.prod(SHAPE)), 2)).astype(np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("Cast", ["pixels"], ["numbers"], to=TensorProto.FLOAT),
            helper.make_node("Flatten", ["numbers"], ["flat"]),
            helper.make_node("MatMul", ["flat", "weights"], ["logits"]),
        ],
        "pictures",
        [helper.make_tensor_value_info("pixels", TensorProto.UINT8, ["n", *SHAPE])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", 2])],
        [onnx.numpy_helper.from_array(weights, "weights")],
    )
    path = tmp_path_factory.mktemp("bound") / "model.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return Sessions(path, "cpu", count=2)


@pytest.fixture(scope="module")
def bound(sessions: Sessions) -> tuple[Bound, ...]:
    return sessions.bound(SHAPE, 2, BATCH)


def pictures(count: int, seed: int) -> list[np.ndarray[tuple[int, ...], np.dtype[np.uint8]]]:
    return list(np.random.default_rng(seed).integers(0, 256, (count, *SHAPE), dtype=np.uint8))


def plain(sessions: Sessions, seed: int, count: int) -> Array:
    return sessions.run({"pixels": np.stack(pictures(count, seed))}, 0)


@given(counts=st.lists(st.integers(1, 3 * BATCH), min_size=1, max_size=6))
def test_any_order_of_sizes_gives_what_plain_runs_give_and_no_run_changes_an_earlier_result(
    sessions: Sessions, bound: tuple[Bound, ...], counts: list[int]
) -> None:
    found = [bound[0].run(pictures(count, seed)) for seed, count in enumerate(counts)]
    for seed, count in enumerate(counts):
        np.testing.assert_allclose(found[seed], plain(sessions, seed, count), rtol=1e-5, atol=1e-3)


def test_threads_that_share_a_session_get_their_own_results(sessions: Sessions, bound: tuple[Bound, ...]) -> None:
    def run(seed: int) -> Array:
        return bound[seed % 2].run(pictures(1 + seed % BATCH, seed))

    with ThreadPoolExecutor(6) as threads:
        found = list(threads.map(run, range(120)))
    for seed, logits in enumerate(found):
        np.testing.assert_allclose(logits, plain(sessions, seed, 1 + seed % BATCH), rtol=1e-5, atol=1e-3)


def test_a_picture_of_another_shape_is_an_error_and_the_next_run_is_sound(
    sessions: Sessions, bound: tuple[Bound, ...]
) -> None:
    with pytest.raises(ValueError, match="shape"):
        bound[0].run([np.zeros((5, 3, 3), np.uint8)])
    np.testing.assert_allclose(bound[0].run(pictures(1, 9)), plain(sessions, 9, 1), rtol=1e-5, atol=1e-3)


def test_a_model_that_gives_other_columns_than_bound_is_an_error(sessions: Sessions) -> None:
    with pytest.raises(Exception, match=r"(?i)dimensions|shape"):
        sessions.bound(SHAPE, 3, BATCH)[0].run(pictures(2, 0))


def test_every_size_can_be_run_beforehand(sessions: Sessions) -> None:
    (first, _) = sessions.bound(SHAPE, 2, BATCH)
    first.warm()
    np.testing.assert_allclose(first.run(pictures(7, 3)), plain(sessions, 3, 7), rtol=1e-5, atol=1e-3)
