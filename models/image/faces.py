"""Where faces are, so that they can be blurred in front of reviewers.

This finds faces; it identifies nobody, compares nobody, and keeps nothing of a face but its box. The detectors are the
cascades of Haar features that come with OpenCV (Viola and Jones 2001; Lienhart and Maydt 2002): small, fast on a CPU,
good at upright faces seen from the front, poor at others. Nothing may be decided on whether there is a face.
"""

import threading
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np

from models.image.reading.line import Box
from models.media.decoding.decoded import Pixels
from moderation.errors import MissingDependency

_LONGEST = 384
_SMALLEST = 20
"""Pixels of the smallest face, in a picture whose longer side has 384: a nineteenth of it."""
_STEP = 1.2
_FRONT, _SIDE = 3, 2
"""How many overlapping hits make a face. A face that is not blurred is worse than a patch of wall that is."""
_MARGIN = 0.1
"""Of a face's size, on each side: hair and chin, by which people are known."""
_SAME = 0.3


class Faces:
    """Finds faces, from any number of threads."""

    def __init__(self) -> None:
        """Raises `MissingDependency` where OpenCV comes without its cascades, as OpenCV 5 does."""
        self._of_thread = threading.local()
        self._cascades()

    def find(self, picture: Pixels) -> list[Box]:
        """Boxes of faces, largest first."""
        height, width = picture.shape[:2]
        if min(height, width) < 1:
            return []
        scale = min(1.0, _LONGEST / max(height, width))
        grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
        if scale < 1:
            grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        if min(grey.shape) < _SMALLEST:
            return []
        found: list[tuple[int, int, int, int]] = []
        for face in self._candidates(cv2.equalizeHist(grey)):
            if not any(_same(face, other) for other in found):
                found.append(face)
        across, down = grey.shape[1], grey.shape[0]
        return sorted((_box(face, across, down) for face in found), key=lambda box: -box[2] * box[3])

    def _candidates(self, grey: Any) -> Iterator[tuple[int, int, int, int]]:
        """Faces from the front, then from the one side, then from the other."""
        front, side = self._cascades()
        yield from _hits(front, grey, _FRONT)
        yield from _hits(side, grey, _SIDE)
        for x, y, width, height in _hits(side, np.ascontiguousarray(grey[:, ::-1]), _SIDE):
            yield grey.shape[1] - x - width, y, width, height

    def _cascades(self) -> tuple[Any, Any]:
        """This thread's: a cascade is not for several at once."""
        if not hasattr(self._of_thread, "cascades"):
            self._of_thread.cascades = (_cascade("frontalface_alt2"), _cascade("profileface"))
        cascades: tuple[Any, Any] = self._of_thread.cascades
        return cascades


def _cascade(name: str) -> Any:
    try:
        folder = cv2.data.haarcascades  # type: ignore[attr-defined]
        cascade = cv2.CascadeClassifier(f"{folder}haarcascade_{name}.xml")
    except AttributeError as error:
        raise MissingDependency("faces need OpenCV 4: pip install 'opencv-python-headless<5'") from error
    if cascade.empty():
        raise MissingDependency(f"OpenCV has no cascade {name!r}: install 'opencv-python-headless<5' again")
    return cascade


def _hits(cascade: Any, grey: Any, neighbours: int) -> Iterator[tuple[int, int, int, int]]:
    found = cascade.detectMultiScale(grey, scaleFactor=_STEP, minNeighbors=neighbours, minSize=(_SMALLEST, _SMALLEST))
    for x, y, width, height in found:
        yield int(x), int(y), int(width), int(height)


def _same(face: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    """Whether both are one face, by what they share of what either has."""
    across = min(face[0] + face[2], other[0] + other[2]) - max(face[0], other[0])
    down = min(face[1] + face[3], other[1] + other[3]) - max(face[1], other[1])
    shared = max(across, 0) * max(down, 0)
    return shared >= _SAME * min(face[2] * face[3], other[2] * other[3])


def _box(face: tuple[int, int, int, int], width: int, height: int) -> Box:
    x, y, across, down = face
    left, right = max(0.0, x - _MARGIN * across) / width, min(width, x + (1 + _MARGIN) * across) / width
    top, bottom = max(0.0, y - _MARGIN * down) / height, min(height, y + (1 + _MARGIN) * down) / height
    return round(left, 4), round(top, 4), round(right - left, 4), round(bottom - top, 4)
