"""A picture model in ONNX, served from its folder."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from models import manifest
from models.manifest import Manifest
from models.media.decoding import Exact
from models.media.decoding.decoded import Pixels
from models.runtime.classifier import Array
from models.runtime.probabilities import columns, platt, probabilities
from models.runtime.providers import FixedShapes
from models.runtime.sessions import Sessions
from moderation.errors import ModelError
from moderation.settings import Settings
from moderation.taxonomy import Category


class OnnxPictureClassifier:
    """Pictures as decoding gives them, RGB bytes of shape (height, width, 3), to calibrated scores."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        """Raises `ModelError` for a folder that cannot be served as the settings ask."""
        self.manifest: Manifest = manifest.load(folder)
        pixels = self.manifest.pixels
        if self.manifest.modality != "image" or pixels is None:
            raise ModelError(f"{folder / 'manifest.yaml'}: not an image model with 'pixels'")
        self.name = self.manifest.name
        self.rendition = Exact(pixels.width, pixels.height, pixels.crop, pixels.resampler, pixels.shorter)
        self._columns = columns(self.manifest.labels)
        self._a, self._b = platt(self.manifest, folder)
        self._sessions = Sessions(
            folder / self.manifest.file,
            settings.provider,
            settings.provider_fallback,
            settings.sessions,
            self.manifest.runtime.providers,
            fixed(self.manifest),
        )
        self._bound = self._sessions.bound((pixels.height, pixels.width, 3), len(self.manifest.labels), self.batch)
        self._check(folder / self.manifest.file)

    @property
    def categories(self) -> tuple[Category, ...]:
        """What `finish` gives, in order."""
        return tuple(self._columns)

    @property
    def provider(self) -> str:
        """What it really runs on."""
        return self._sessions.provider

    @property
    def sessions(self) -> int:
        """How many runs may be under way at once."""
        return len(self._sessions)

    @property
    def batch(self) -> int:
        """Pictures of one batch that suit the device: on a CPU more only wait longer, a GPU is fed at once."""
        stated = self.manifest.runtime.batch_pictures
        return stated.get("cpu", 4) if self.provider == "cpu" else stated.get("gpu", 64)

    def run(self, pictures: Sequence[Pixels], session: int) -> Array:
        """Logits, shape (len(pictures), labels)."""
        return self._bound[session].run(pictures)

    def finish(self, logits: Array) -> Array:
        """Calibrated probabilities in [0, 1], shape (len(logits), len(categories))."""
        return probabilities(logits, self._a, self._b, list(self._columns.values()))

    def _check(self, path: Path) -> None:
        """A run on every session; on a GPU of every size, which are tuned and captured before posts come."""
        blank = np.zeros((self.rendition.height, self.rendition.width, 3), np.uint8)
        for bound in self._bound:
            try:
                if self.provider == "cpu":
                    bound.run([blank, blank])
                else:
                    bound.warm()
            except Exception as error:
                raise ModelError(
                    f"{path}: does not run on {self.provider} with bytes of shape (n, {self.rendition.height}, "
                    f"{self.rendition.width}, 3) to logits of shape (n, {len(self.manifest.labels)}): "
                    f"{' '.join(str(error).split())}"
                ) from error


def fixed(spec: Manifest) -> FixedShapes:
    """What a picture model lets a GPU do, its pictures being of one size."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    engines = cache / "moderation" / "tensorrt" / spec.sha256
    return FixedShapes(spec.runtime.precision == "fp16", spec.runtime.cuda_graphs, engines)
