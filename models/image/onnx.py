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
from models.runtime.providers import FixedShapes
from models.runtime.served import Served
from moderation.errors import ModelError
from moderation.settings import Settings


class OnnxPictureClassifier(Served):
    """Pictures as decoding gives them, RGB bytes of shape (height, width, 3), to calibrated scores."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        """Raises `ModelError` for a folder that cannot be served as the settings ask."""
        spec = manifest.load(folder)
        pixels = spec.pixels
        if spec.modality != "image" or pixels is None:
            raise ModelError(f"{folder / 'manifest.yaml'}: not an image model with 'pixels'")
        self.rendition = Exact(pixels.width, pixels.height, pixels.crop, pixels.resampler, pixels.shorter)
        super().__init__(folder, spec, settings, fixed(spec))
        self._bound = self._sessions.bound((pixels.height, pixels.width, 3), len(spec.labels), self.batch)
        self._check(folder / spec.file)

    @property
    def batch(self) -> int:
        """Pictures of one batch that suit the device: on a CPU more only wait longer, a GPU is fed at once."""
        stated = self.manifest.runtime.batch_pictures
        return stated.get("cpu", 4) if self.provider == "cpu" else stated.get("gpu", 64)

    def run(self, pictures: Sequence[Pixels], session: int) -> Array:
        """Logits, shape (len(pictures), labels)."""
        return self._bound[session].run(pictures)

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
