"""What every model in ONNX is once it is served from its folder, whatever it looks at."""

from pathlib import Path

from models.manifest import Manifest
from models.runtime.classifier import Array
from models.runtime.probabilities import columns, platt, probabilities
from models.runtime.providers import FixedShapes
from models.runtime.sessions import Sessions
from moderation.settings import Settings
from moderation.taxonomy import Category


class Served:
    """The sessions of a model, and from its logits to calibrated scores."""

    def __init__(self, folder: Path, spec: Manifest, settings: Settings, fixed: FixedShapes | None = None) -> None:
        """Raises `ModelError` for a folder that cannot be served as the settings ask."""
        self.manifest = spec
        self.name = spec.name
        self._columns = columns(spec.labels)
        self._a, self._b = platt(spec, folder)
        self._sessions = Sessions(
            folder / spec.file,
            settings.provider,
            settings.provider_fallback,
            settings.sessions,
            spec.runtime.providers,
            fixed,
        )

    @property
    def categories(self) -> tuple[Category, ...]:
        """What `finish` gives, in order."""
        return tuple(self._columns)

    @property
    def provider(self) -> str:
        """What it really runs on."""
        return self._sessions.provider

    @property
    def providers(self) -> tuple[str, ...]:
        """What each session really runs on."""
        return self._sessions.providers

    @property
    def sessions(self) -> int:
        """How many runs may be under way at once."""
        return len(self._sessions)

    def finish(self, logits: Array) -> Array:
        """Calibrated probabilities in [0, 1], shape (len(logits), len(categories))."""
        return probabilities(logits, self._a, self._b, list(self._columns.values()))
