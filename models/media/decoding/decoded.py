"""What decoding a file gave."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.media.decoding.formats import Format

Pixels = npt.NDArray[np.uint8]
"""RGB, shape (height, width, 3)."""


@dataclass(frozen=True)
class Frame:
    """One frame of an animation, a page of a TIFF, or the only picture that there is.

    `at_ms` is when it appears, counted from the start of the animation.
    """

    at_ms: int
    pictures: Mapping[str, Pixels]


@dataclass(frozen=True)
class Decoded:
    """A picture. `width` and `height` are those of the file's first frame, after orientation.

    `frames` are in the order of the file: the first, the one that is shown longest, the last, and others evenly
    spread between them, up to the number wanted. `frame_count` is how many were found, and 1 where only one was
    wanted. `truncated` says that part of the file could not be read (it ends too early, or is damaged further on)
    or was not looked at (more frames than the limits allow).
    """

    format: Format
    width: int
    height: int
    frames: tuple[Frame, ...]
    frame_count: int = 1
    truncated: bool = False
