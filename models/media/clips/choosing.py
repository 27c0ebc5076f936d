"""Which of the decoded frames are given: keyframes, those that fill a gap, changes of scene, the first and the last."""

import numpy as np
import numpy.typing as npt

from models.media.clips.limits import ClipLimits

Thumbnail = npt.NDArray[np.uint8]
"""Brightness, a few pixels wide and high."""

_FOR_SCENES = 0.2
"""Of all frames, spread over the clip: a strobe at its start must not use up what is there for the rest."""
_SCENES_PER_S = 2.0
_AT_ONCE = 4.0
"""Scenes that may follow each other faster than that."""


class Chooser:
    """Asked of every decoded frame, in the order of the clip."""

    def __init__(self, limits: ClipLimits, length_ms: int, spacing_ms: float) -> None:
        self._limits = limits
        self._scenes_per_ms = min(_SCENES_PER_S / 1000, _FOR_SCENES * limits.frames / max(length_ms, 1))
        self._spacing_ms = spacing_ms
        self._last: tuple[int, Thumbnail] | None = None
        self._before: Thumbnail | None = None
        self._scenes, self._scenes_at_ms = _AT_ONCE, 0
        self._count = 0
        self.has_refused = False

    def wants(self, at_ms: int, thumbnail: Thumbnail, *, key: bool, due: bool) -> bool:
        """Whether it is to be given; `key` where a run begins with it, `due` where the gap rule wants it.

        The last frame of a clip is given without being asked for here, and has its place kept.
        """
        wanted = self._is_wanted(at_ms, thumbnail, key, due)
        self._before = thumbnail
        if not wanted:
            return False
        if self._count >= self._limits.frames - 1:
            self.has_refused = True
            return False
        self._last = at_ms, thumbnail
        self._count += 1
        return True

    def _is_wanted(self, at_ms: int, thumbnail: Thumbnail, key: bool, due: bool) -> bool:
        if due or self._last is None:
            return True
        last_ms, last = self._last
        if key and at_ms - last_ms >= self._spacing_ms:
            return True
        if not self._is_cut(thumbnail, last):
            return False
        self._scenes = min(_AT_ONCE, self._scenes + (at_ms - self._scenes_at_ms) * self._scenes_per_ms)
        self._scenes_at_ms = at_ms
        if self._scenes < 1:
            return False
        self._scenes -= 1
        return True

    def _is_cut(self, thumbnail: Thumbnail, last: Thumbnail) -> bool:
        """Unlike the frame before, which a pan is not, and unlike the last that was given."""
        others = (last, self._before)
        return min(difference(thumbnail, other) for other in others if other is not None) >= self._limits.difference


def difference(one: Thumbnail, other: Thumbnail) -> float:
    """Mean difference of brightness, 0 to 255."""
    return float(np.abs(one.astype(np.int16) - other).mean())
