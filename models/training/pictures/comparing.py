"""A served picture model beside another: its logits alone and in batches, and its scores of whole files."""

import asyncio
import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from models.image.onnx import OnnxPictureClassifier
from models.media.decoding import Decoder, Wanted
from models.media.decoding.decoded import Pixels
from models.media.decoding.rendering import rendered
from models.runtime.classifier import Array
from models.training.pictures.processor import Reading
from moderation.errors import MediaError
from moderation.samples.pictures import FRIENDLY, code, nobody, poster, tomatoes
from moderation.settings import Settings

_CHANCE = 6
_ENLARGED = 1600


def drawn(reading: Reading) -> list[Pixels]:
    """The sample pictures as the model gets them, and some of chance."""
    wanted = Wanted({"it": reading.rendition})
    shown = [rendered(_opened(content), wanted)["it"] for content in _samples()]
    chance = np.random.default_rng(0)
    size = (reading.pixels.height, reading.pixels.width, 3)
    return shown + [chance.integers(0, 256, size, np.uint8) for _ in range(_CHANCE)]


def logits(folder: Path, shown: Sequence[Pixels], batch: int) -> Array:
    """As served on the CPU, shape (pictures, labels)."""
    classifier = _served(folder)
    parts = [shown[start : start + batch] for start in range(0, len(shown), batch)]
    return np.concatenate([classifier.run(part, 0) for part in parts])


def influence_of_neighbours(folder: Path, shown: Sequence[Pixels]) -> float:
    """The largest difference of any logit between a picture alone and in a batch."""
    alone = logits(folder, shown, 1)
    return max(float(np.abs(logits(folder, shown, size) - alone).max()) for size in (2, 4, len(shown)))


def off(folder: Path, scores: Callable[[Pixels], Array], pictures: Path | None) -> tuple[float, int]:
    """How far a served score lies at most from what `scores` gives for the same file, and of how many files.

    Files are the sample pictures, one of them also as a large JPEG, and what can be read in the folder `pictures`.
    `scores` takes a whole picture, as Pillow reads it, to a probability per label; served are files as decoding gives
    them.
    """
    classifier = _served(folder)
    wanted = Wanted({"it": classifier.rendition}, frames=1)
    worst, count = 0.0, 0
    with Decoder(processes=1) as decoder:
        for content in [*_samples(), _large(), *_files(pictures)]:
            try:
                picture = asyncio.run(decoder.decode(content, wanted)).frames[0].pictures["it"]
                due = scores(_opened(content))
            except (MediaError, OSError, Image.DecompressionBombError):
                continue
            got = 1 / (1 + np.exp(-classifier.run([picture], 0)[0].astype(np.float64)))
            worst, count = max(worst, float(np.abs(got - due).max())), count + 1
    return worst, count


def _served(folder: Path) -> OnnxPictureClassifier:
    return OnnxPictureClassifier(folder, Settings(provider="cpu", sessions=1))


def _samples() -> list[bytes]:
    return [tomatoes(), nobody(), poster(FRIENDLY), code("https://www.example.com")]


def _large() -> bytes:
    """A JPEG of a size that decoding reads a fraction of."""
    out = io.BytesIO()
    with Image.open(io.BytesIO(tomatoes())) as picture:
        height = _ENLARGED * picture.height // picture.width
        picture.convert("RGB").resize((_ENLARGED, height), Image.Resampling.BICUBIC).save(out, "JPEG", quality=90)
    return out.getvalue()


def _files(folder: Path | None) -> Iterator[bytes]:
    if folder is not None:
        yield from (path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file())


def _opened(content: bytes) -> Pixels:
    with Image.open(io.BytesIO(content)) as picture:
        return np.asarray(picture.convert("RGB"))
