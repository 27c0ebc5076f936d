"""Pictures made for tests, and what people do to pictures."""

import io
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFilter

WIDTH, HEIGHT = 400, 300


def photograph(seed: int) -> Image.Image:
    """Noise at all scales, more of it in the large, as nature has it."""
    chance = np.random.default_rng(seed)
    pixels = np.full((HEIGHT, WIDTH, 3), 128.0)
    for octave in range(8):
        scale = 2**octave
        noise = chance.normal(0, 2 * scale**0.7, (HEIGHT // scale + 2, WIDTH // scale + 2, 3))
        pixels += cv2.resize(noise, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def jpeg(picture: Image.Image, quality: int = 90) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality)
    return out.getvalue()


def written(path: Path, picture: Image.Image) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path)
    return path


def _recompressed(picture: Image.Image) -> Image.Image:
    return Image.open(io.BytesIO(jpeg(picture, 30)))


def _watermarked(picture: Image.Image) -> Image.Image:
    copy = picture.copy()
    ImageDraw.Draw(copy).text((WIDTH - 90, HEIGHT - 20), "example.com", fill="white")
    return copy


NEAR: dict[str, Callable[[Image.Image], Image.Image]] = {
    "recompressed": _recompressed,
    "half the size": lambda picture: picture.resize((WIDTH // 2, HEIGHT // 2)),
    "twice the size": lambda picture: picture.resize((WIDTH * 2, HEIGHT * 2)),
    "squeezed into a square": lambda picture: picture.resize((256, 256)),
    "watermarked": _watermarked,
    "blurred": lambda picture: picture.filter(ImageFilter.GaussianBlur(2)),
    "grey": lambda picture: picture.convert("L").convert("RGB"),
    "brighter": lambda picture: picture.point(lambda value: min(255, value * 1.2)),
}
"""Still the same picture."""

TURNED: dict[str, Image.Transpose] = {
    "turned left": Image.Transpose.ROTATE_90,
    "upside down": Image.Transpose.ROTATE_180,
    "turned right": Image.Transpose.ROTATE_270,
    "mirrored top to bottom": Image.Transpose.FLIP_TOP_BOTTOM,
    "mirrored": Image.Transpose.FLIP_LEFT_RIGHT,
    "mirrored and turned left": Image.Transpose.TRANSPOSE,
    "mirrored and turned right": Image.Transpose.TRANSVERSE,
}
