"""A session's runs over memory that stays where it is, so that a GPU copies straight and replays CUDA graphs."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt

from models.runtime.classifier import Array

Item = npt.NDArray[np.uint8]


class Bound:
    """Runs of one session with one input of bytes and one output; from any thread, one after another.

    On a GPU all happen on a thread of its own: a session with CUDA graphs may not be run from several.
    https://onnxruntime.ai/docs/execution-providers/CUDA-ExecutionProvider.html
    """

    def __init__(self, session: Any, shape: Sequence[int], columns: int, batch: int, gpu: bool) -> None:
        """`shape` is that of one item; the output has `columns` for each. `batch`, a power of two, is run at most."""
        self._session = session
        self._shape = tuple(shape)
        self._columns = columns
        self._batch = batch
        self._gpu = gpu
        self._memory: dict[int, _Memory] = {}
        self._lock = threading.Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="bound") if gpu else None

    def run(self, items: Sequence[Item]) -> Array:
        """The outputs, shape (len(items), columns), the caller's own. Any error of ONNX Runtime is raised."""
        if self._thread is not None:
            return self._thread.submit(self._run, items).result()
        with self._lock:  # a thread of its own would have to be waited for where all cores are busy
            return self._run(items)

    def warm(self) -> None:
        """Run every size, so that nothing is tuned, compiled or captured under load.

        The greatest and the smallest first: TensorRT compiles again whenever a size lies outside those it has seen.
        """
        blank = np.zeros(self._shape, np.uint8)
        smaller = [1 << power for power in range(self._batch.bit_length() - 1)]
        for size in (self._batch, *smaller):
            self.run([blank] * size)

    def _run(self, items: Sequence[Item]) -> Array:
        outputs = []
        start = 0
        while start < len(items):
            size = self._size(len(items) - start)
            if size not in self._memory:
                self._memory[size] = _Memory(self._session, (size, *self._shape), (size, self._columns), self._gpu)
            outputs.append(self._memory[size].run(items[start : start + size]))
            start += size
        return np.concatenate(outputs)

    def _size(self, count: int) -> int:
        """A power of two: a GPU's next batch is filled up to it, on a CPU filling would cost and so it is taken out."""
        return min(self._batch, 1 << ((count - 1).bit_length() if self._gpu else count.bit_length() - 1))


class _Memory:
    """Input and output of one size, in host memory and, for a GPU, in the device's."""

    def __init__(self, session: Any, fed: tuple[int, ...], given: tuple[int, int], gpu: bool) -> None:
        import onnxruntime as ort

        self._session = session
        self._gpu = gpu
        if gpu:
            self._pinned, self._fed = _pinned(ort, fed)
            self._input = ort.OrtValue.ortvalue_from_shape_and_type(fed, np.uint8, "cuda", 0)
            self._output = ort.OrtValue.ortvalue_from_shape_and_type(given, np.float32, "cuda", 0)
        else:
            self._fed = np.zeros(fed, np.uint8)
            self._input = ort.OrtValue.ortvalue_from_numpy(self._fed)
            self._output = ort.OrtValue.ortvalue_from_numpy(np.zeros(given, np.float32))
        self._binding = session.io_binding()
        self._binding.bind_ortvalue_input(session.get_inputs()[0].name, self._input)
        self._binding.bind_ortvalue_output(session.get_outputs()[0].name, self._output)
        self._options = ort.RunOptions()
        # A captured graph has one shape and one place in memory, so each size is a graph of its own (0 is ORT's).
        self._options.add_run_config_entry("gpu_graph_id", str(fed[0]))

    def run(self, items: Sequence[Item]) -> Array:
        count = len(items)
        np.stack(items, out=self._fed[:count])
        self._fed[count:] = 0
        if self._gpu:
            self._input.update_inplace(self._fed)
        self._session.run_with_iobinding(self._binding, self._options)
        output: Array = self._output.numpy()[:count].copy()
        return output


def _pinned(ort: Any, shape: tuple[int, ...]) -> tuple[Any, Item]:
    """Host memory that a GPU reads without a detour, and what keeps it alive; plain memory where ORT offers none."""
    for device in ort.get_ep_devices():
        memory = device.memory_info(ort.OrtDeviceMemoryType.HOST_ACCESSIBLE)
        if device.ep_name == "CUDAExecutionProvider" and memory is not None:
            value = ort.OrtValue.ortvalue_from_shape_and_type(shape, np.uint8, memory_info=memory)
            array = value.numpy()
            if array.ctypes.data == value.data_ptr():
                return value, array
    return None, np.zeros(shape, np.uint8)
