"""Pictures as people take and pass them on: cut, turned, dark, grey, blurred, compressed, before other backgrounds."""

from collections.abc import Sequence

import cv2
import numpy as np

from models.media.decoding.decoded import Pixels

_WHITE = 235
"""From here on a pixel belongs to the plain background of a product photograph."""
_MOSTLY_PICTURE = 0.75


class Augmentation:
    """Draws a new form of a picture each time. `backgrounds` are pictures that may stand behind others."""

    def __init__(self, size: int, backgrounds: Sequence[Pixels], pasted_share: float, seed: int) -> None:
        self._size = size
        self._backgrounds = backgrounds
        self._pasted_share = pasted_share
        self._chance = np.random.default_rng(seed)

    def __call__(self, picture: Pixels) -> Pixels:
        """RGB, shape (size, size, 3)."""
        drawn = self._taken(picture)
        if self._backgrounds and self._chance.random() < self._pasted_share:
            drawn = self._pasted(drawn)
        return self._passed_on(drawn)

    def _taken(self, picture: Pixels) -> Pixels:
        """A part of the picture, at least a third of it, mirrored and turned now and then."""
        chance, size = self._chance, self._size
        height, width = picture.shape[:2]
        area, ratio = chance.uniform(0.35, 1.0) * height * width, np.exp(chance.uniform(-0.3, 0.3))
        across, down = min(width, round((area * ratio) ** 0.5)), min(height, round((area / ratio) ** 0.5))
        left, top = chance.integers(0, width - across + 1), chance.integers(0, height - down + 1)
        if chance.random() < 0.5:
            left, top = (width - across) // 2, (height - down) // 2
        part = cv2.resize(picture[top : top + down, left : left + across], (size, size), interpolation=cv2.INTER_AREA)
        if chance.random() < 0.5:
            part = np.ascontiguousarray(part[:, ::-1])
        if chance.random() < 0.5:
            turn = cv2.getRotationMatrix2D((size / 2, size / 2), chance.uniform(-25, 25), 1)
            part = cv2.warpAffine(part, turn, (size, size), borderMode=cv2.BORDER_REFLECT)
        return np.asarray(part, np.uint8)

    def _pasted(self, picture: Pixels) -> Pixels:
        """What stands before a white background, before another one: else white would tell products from the rest."""
        shape = cv2.morphologyEx((picture.min(2) < _WHITE).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
        if shape.mean() > _MOSTLY_PICTURE:
            return picture
        weight = cv2.GaussianBlur(shape.astype(np.float32), (5, 5), 0)[..., None]
        behind = self._taken(self._backgrounds[int(self._chance.integers(len(self._backgrounds)))])
        return np.asarray(picture * weight + behind * (1 - weight), np.uint8)

    def _passed_on(self, picture: Pixels) -> Pixels:
        """Light, colour, blur, compression."""
        chance = self._chance
        changed = picture.astype(np.float32)
        if chance.random() < 0.1:
            changed[:] = changed.mean(2, keepdims=True)
        gain = chance.uniform(0.7, 1.3) * (1 + chance.uniform(-0.1, 0.1, 3))
        changed = np.clip(changed * gain + chance.uniform(-25, 25), 0, 255)
        if chance.random() < 0.15:
            changed = np.asarray(cv2.GaussianBlur(changed, (0, 0), chance.uniform(0.5, 2.5)), np.float32)
        drawn = np.asarray(changed, np.uint8)
        if chance.random() < 0.25:
            drawn = recompressed(drawn, int(chance.integers(15, 70)))
        return drawn


def recompressed(picture: Pixels, quality: int) -> Pixels:
    """The picture through JPEG at this quality."""
    _, content = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.ascontiguousarray(np.asarray(cv2.imdecode(content, cv2.IMREAD_COLOR))[..., ::-1])
