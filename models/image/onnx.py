"""A picture model in ONNX, served from its folder."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from models import manifest
from models.manifest import Manifest
from models.media.decoding import Exact
from models.media.decoding.decoded import Pixels
from models.runtime.classifier import Array
from models.runtime.probabilities import columns, platt, probabilities
from models.runtime.sessions import Sessions
from moderation.errors import ModelError
from moderation.settings import Settings
from moderation.taxonomy import Category

_BATCH = {"cpu": 4, "gpu": 64}
"""Pictures of one batch: on a CPU more only wait longer, a GPU is fed at once."""


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
        )
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
        """Pictures of one batch that suit the device."""
        return _BATCH["cpu" if self.provider == "cpu" else "gpu"]

    def run(self, pictures: Sequence[Pixels], session: int) -> Array:
        """Logits, shape (len(pictures), labels). A batch is filled up to one of few sizes: a GPU's graphs are fixed."""
        count = len(pictures)
        filled = count if self.provider == "cpu" else min(self.batch, 1 << (count - 1).bit_length())
        fed = np.zeros((max(filled, count), *pictures[0].shape), np.uint8)
        np.stack(pictures, out=fed[:count])
        return self._sessions.run({self._sessions.inputs[0]: fed}, session)[:count]

    def finish(self, logits: Array) -> Array:
        """Calibrated probabilities in [0, 1], shape (len(logits), len(categories))."""
        return probabilities(logits, self._a, self._b, list(self._columns.values()))

    def _check(self, path: Path) -> None:
        """One run on every session."""
        blank = np.zeros((self.rendition.height, self.rendition.width, 3), np.uint8)
        due = (2, len(self.manifest.labels))
        for session in range(self.sessions):
            try:
                shape = self.run([blank, blank], session).shape
            except Exception as error:
                raise ModelError(f"{path}: does not run: {' '.join(str(error).split())}") from error
            if shape != due:
                raise ModelError(f"{path}: gives an output of shape {shape} for 2 pictures; {due} is due")
