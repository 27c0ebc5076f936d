"""Changes that a picture meets on its way, each at one fixed strength, to see what the model makes of it then."""

from collections.abc import Callable, Mapping

import cv2
import numpy as np

from models.media.decoding.decoded import Pixels
from models.training.pictures.augment import recompressed


def _grey(picture: Pixels) -> Pixels:
    return np.repeat(picture.mean(2, keepdims=True).astype(np.uint8), 3, 2)


def _blurred(picture: Pixels) -> Pixels:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 2.0), np.uint8)


def _middle(picture: Pixels) -> Pixels:
    height, width = picture.shape[:2]
    top, left = round(0.15 * height), round(0.15 * width)
    return picture[top : height - top, left : width - left]


def _small(picture: Pixels) -> Pixels:
    height, width = picture.shape[:2]
    frame = np.full_like(picture, 128)
    inner = cv2.resize(picture, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    frame[height // 4 : height // 4 + inner.shape[0], width // 4 : width // 4 + inner.shape[1]] = inner
    return frame


def _turned(picture: Pixels) -> Pixels:
    height, width = picture.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 20, 1)
    return np.asarray(cv2.warpAffine(picture, turn, (width, height), borderMode=cv2.BORDER_REFLECT), np.uint8)


DISGUISES: Mapping[str, Callable[[Pixels], Pixels]] = {
    "grey": _grey,
    "blurred (sigma 2 of 400 pixels)": _blurred,
    "JPEG quality 15": lambda picture: recompressed(picture, 15),
    "the middle 70 % only": _middle,
    "half the size in a grey frame": _small,
    "turned by 20 degrees": _turned,
    "mirrored": lambda picture: np.ascontiguousarray(picture[:, ::-1]),
    "dark (half the light)": lambda picture: picture // 2,
}
"""Name -> what it does to a picture of any size."""


def served(picture: Pixels, size: int) -> Pixels:
    """A working picture at the size the model reads."""
    return np.asarray(cv2.resize(picture, (size, size), interpolation=cv2.INTER_AREA), np.uint8)
