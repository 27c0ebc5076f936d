"""The one door to what is installed only for training."""

import importlib.util

from moderation.errors import MissingDependency

_NEEDED = ("polars", "sklearn", "torch", "transformers", "onnx", "onnxscript")


def require(*modules: str) -> None:
    """Raises `MissingDependency` where one of `modules`, all that training needs if none is named, is not installed."""
    missing = [name for name in modules or _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise MissingDependency(
            f"this needs {' and '.join(missing)}, not installed here: pip install 'moderation-pipeline[train]'"
        )
