"""ONNX Runtime sessions of one model, and the provider that each of them really got."""

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from models.runtime.bound import Bound
from models.runtime.classifier import Array
from models.runtime.providers import NAMES, Asked, FixedShapes, Provider, asked
from moderation.errors import MissingDependency, ModelError

log = logging.getLogger(__name__)

Create = Callable[[bytes, Any, Sequence[Asked]], Any]
"""Model, `SessionOptions` and providers to an `InferenceSession`."""


def create(model: bytes, options: Any, providers: Sequence[Asked]) -> Any:
    """A session of ONNX Runtime."""
    ort = _onnxruntime()
    if any(name != NAMES["cpu"] for name, _ in providers):
        ort.preload_dlls()  # the CUDA and cuDNN wheels of the 'gpu' extra lie where no loader looks by itself
    return ort.InferenceSession(model, options, providers=providers)


class Sessions:
    """Sessions side by side: on the CPU one thread each (two of one thread beat one of two), on a GPU one."""

    def __init__(
        self,
        model: Path,
        provider: Provider | Literal["auto"] = "auto",
        fallback: bool = True,
        count: int | None = None,
        suited: Sequence[str] = ("cpu",),
        fixed: FixedShapes | None = None,
        create: Create = create,
    ) -> None:
        """`suited` are the providers the model is made for; 'auto' takes the best of them that this machine has.

        With `fixed`, the sessions are only ever run as `bound` gives them.

        Raises `ModelError` for a file that is not a model ONNX Runtime can load, or if a session got another
        provider than the one asked for and `fallback` is false.
        """
        order = _order(provider, suited)
        first = order[0]
        try:
            # Loaded from memory, where weights kept beside the file, which no hash covers, cannot be reached.
            content = model.read_bytes()
        except OSError as error:
            raise ModelError(f"{model}: cannot be read: {error.strerror}") from error
        self._sessions = [_session(model, content, order, fixed, create)]
        self.provider: Provider = _got(self._sessions[0])
        if self.provider != first and not fallback:
            raise ModelError(
                f"{model}: asked for provider {first!r}, got {self.provider!r}: install what {first!r} needs "
                "(the 'gpu' extra, its driver and libraries), ask for another, or allow a fallback"
            )
        count = count or (cores() if self.provider == "cpu" else 1)
        self._sessions += [_session(model, content, order, fixed, create) for _ in range(count - 1)]
        if len(set(self.providers)) > 1:
            raise ModelError(f"{model}: its sessions got different providers: {', '.join(self.providers)}")
        level = logging.INFO if self.provider == first else logging.WARNING
        log.log(level, "%s: %d sessions on %s (asked for %s)", model, count, self.provider, first)
        self._outputs = [self._sessions[0].get_outputs()[0].name]

    @property
    def providers(self) -> tuple[Provider, ...]:
        """What each session really runs on, as ONNX Runtime reports it."""
        return tuple(_got(session) for session in self._sessions)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the model's inputs."""
        return tuple(each.name for each in self._sessions[0].get_inputs())

    def __len__(self) -> int:
        return len(self._sessions)

    def run(self, feeds: Mapping[str, np.ndarray[Any, Any]], session: int) -> Array:
        """The model's first output. Any error of ONNX Runtime is raised."""
        output: Array = self._sessions[session].run(self._outputs, feeds)[0]
        return output

    def bound(self, shape: Sequence[int], columns: int, batch: int) -> tuple[Bound, ...]:
        """Each session over memory of its own, see `Bound`."""
        gpu = self.provider != "cpu"
        return tuple(Bound(session, shape, columns, batch, gpu) for session in self._sessions)


def cores() -> int:
    """The cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _order(provider: str, suited: Sequence[str]) -> list[Provider]:
    """The providers to try: the one asked for, then the lesser ones that are installed."""
    installed = _onnxruntime().get_available_providers()
    have: list[Provider] = [name for name, long_name in NAMES.items() if long_name in installed]
    if provider == "auto":
        return [name for name in have if name in suited or name == "cpu"]
    asked: list[Provider] = [name for name in NAMES if name == provider]
    lesser = list(NAMES)[list(NAMES).index(asked[0]) + 1 :]
    return asked + [name for name in lesser if name in have]


def _session(model: Path, content: bytes, order: Sequence[Provider], fixed: FixedShapes | None, create: Create) -> Any:
    ort = _onnxruntime()
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    installed = ort.get_available_providers()
    had = [name for name in order if NAMES[name] in installed]
    try:
        if fixed is not None and "tensorrt" in had:
            fixed.engines.mkdir(mode=0o700, parents=True, exist_ok=True)
        return create(content, options, asked(had, fixed))
    except Exception as error:
        raise ModelError(f"{model}: ONNX Runtime cannot load it: {' '.join(str(error).split())}") from error


def _got(session: Any) -> Provider:
    first = session.get_providers()[0]
    for name, long_name in NAMES.items():
        if long_name == first:
            return name
    raise ModelError(f"a session runs on {first}, which is not among {', '.join(NAMES.values())}")


def _onnxruntime() -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise MissingDependency(
            "ONNX Runtime is not installed: pip install 'moderation-pipeline[cpu]', "
            "or 'moderation-pipeline[gpu]' for CUDA"
        ) from error
    return onnxruntime
