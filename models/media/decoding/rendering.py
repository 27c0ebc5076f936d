"""From a decoded picture to the sizes that are wanted of it."""

import cv2
import numpy as np
from PIL import Image

from models.media.decoding.decoded import Pixels
from models.media.decoding.wanted import Exact, Fit, Rendition, Wanted

_REST = 1.5

_PILLOWS = {
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}


def rendered(picture: Pixels, wanted: Wanted) -> dict[str, Pixels]:
    """Every picture that is wanted, by name."""
    return {name: _one(picture, rendition) for name, rendition in wanted.pictures.items()}


def _one(picture: Pixels, rendition: Rendition) -> Pixels:
    height, width = picture.shape[:2]
    if isinstance(rendition, Fit):
        size = rendition.size(width, height)
        return picture if size == (width, height) else area(picture, *size)
    return _exact(picture, rendition)


def _exact(picture: Pixels, rendition: Exact) -> Pixels:
    height, width = picture.shape[:2]
    box = rendition.box(width, height)
    if rendition.resampler != "area":
        resized = Image.fromarray(picture).resize(
            (rendition.width, rendition.height), _PILLOWS[rendition.resampler], box=box
        )
        return np.asarray(resized)
    left, top, right, bottom = (round(edge) for edge in box)
    part = picture[top : max(bottom, top + 1), left : max(right, left + 1)]
    return area(part, rendition.width, rendition.height, quick=True)


def area(picture: Pixels, width: int, height: int, quick: bool = False) -> Pixels:
    """Resized; where it shrinks, every pixel is the mean of those it stands for.

    First by whole numbers, then the rest: OpenCV's `INTER_AREA` has a fast path for those. Up to one column and row
    less than a new pixel stands for are left out at each edge. `quick` takes a rest below a half as bilinear.
    For 540 x 540 to 224 x 224 measured at 0.1 ms, 0.4 ms if not quick and 0.8 ms in one step, each 1.0 to 1.2 grey
    levels from Pillow's antialiased bilinear in the mean.
    """
    tall, wide = picture.shape[:2]
    down, across = max(tall // height, 1), max(wide // width, 1)
    if (down > 1 or across > 1) and (tall, wide) != (height * down, width * across):
        top, left = tall % down // 2, wide % across // 2
        picture = picture[top : top + tall // down * down, left : left + wide // across * across]
        picture = _resized(picture, wide // across, tall // down)
    return _resized(picture, width, height, _REST if quick else 1.0)


def _resized(picture: Pixels, width: int, height: int, bilinear_below: float = 1.0) -> Pixels:
    tall, wide = picture.shape[:2]
    if (wide, tall) == (width, height):
        return picture
    # INTER_AREA enlarges by repeating pixels: blocks that a model never saw in training.
    enlarges = width > wide or height > tall
    bilinear = enlarges or max(wide / width, tall / height) < bilinear_below
    how = cv2.INTER_LINEAR if bilinear else cv2.INTER_AREA
    return cv2.resize(picture, (width, height), interpolation=how).astype(np.uint8, copy=False)
