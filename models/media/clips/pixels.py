"""From a decoded frame to the pictures that are wanted of it, as a player shows it."""

from fractions import Fraction
from typing import Any

import av
import numpy as np
from av.video.reformatter import ColorRange, Interpolation, VideoReformatter
from PIL import Image

from models.media.clips.choosing import Thumbnail
from models.media.decoding.colour import to_rgb
from models.media.decoding.decoded import Frame, Pixels
from models.media.decoding.orientation import turned, upright
from models.media.decoding.rendering import rendered
from models.media.decoding.wanted import Wanted

_THUMBNAIL = 32
_WIDEST = 4
_UNKNOWN = (ColorRange.UNSPECIFIED, ColorRange.NB)

# Of a display matrix: where the picture's right and down end up, as x, y, x, y. The numbers are EXIF's.
_ORIENTATIONS = {
    (1, 0, 0, 1): 1,
    (-1, 0, 0, 1): 2,
    (-1, 0, 0, -1): 3,
    (1, 0, 0, -1): 4,
    (0, 1, 1, 0): 5,
    (0, 1, -1, 0): 6,
    (0, -1, -1, 0): 7,
    (0, -1, 1, 0): 8,
}


class Easel:
    """Turns frames of one clip into pictures. Keeps what swscale has set up for its sizes and formats."""

    def __init__(self, wanted: Wanted, aspect: Fraction | None) -> None:
        """`aspect` is that of one pixel, as the file says."""
        self._wanted = wanted
        self._aspect = float(aspect) if aspect else 1.0
        if not 1 / _WIDEST <= self._aspect <= _WIDEST:
            self._aspect = 1.0
        self._large, self._small = VideoReformatter(), VideoReformatter()

    def size(self, frame: Any) -> tuple[int, int]:
        """Width and height of a frame as it is shown: with square pixels, and upright."""
        return turned(*self._square(frame), orientation_of(frame))

    def frame(self, at_ms: int, frame: Any) -> Frame:
        """Every picture that is wanted of it."""
        orientation = orientation_of(frame)
        width, height = self._square(frame)
        if frame.interlaced_frame:
            # Two moments lie in alternate lines; one of them is shown.
            picture = self._rgb(frame, width, height)
            picture = np.repeat(picture[::2], 2, axis=0)[: len(picture)]
        else:
            # swscale is quicker than OpenCV at both at once: 1.3 ms, where converting and then shrinking takes 4.
            scale = self._wanted.scale(*turned(width, height, orientation))
            picture = self._rgb(frame, max(round(width / scale), 1), max(round(height / scale), 1))
        return Frame(at_ms, rendered(upright(picture, orientation), self._wanted))

    def thumbnail(self, frame: Any) -> Thumbnail:
        """As it lies in the file."""
        small = self._small.reformat(frame, _THUMBNAIL, _THUMBNAIL, "gray", interpolation=Interpolation.AREA, threads=1)
        return np.array(small.to_ndarray(), np.uint8)

    def _square(self, frame: Any) -> tuple[int, int]:
        """A pixel that is not square is enlarged, as players do: none is lost."""
        if self._aspect >= 1:
            return max(1, round(frame.width * self._aspect)), int(frame.height)
        return int(frame.width), max(1, round(frame.height / self._aspect))

    def _rgb(self, frame: Any, width: int, height: int) -> Pixels:
        transparent = any(component.is_alpha for component in frame.format.components)
        shown = self._large.reformat(
            frame,
            width,
            height,
            "rgba" if transparent else "rgb24",
            interpolation=Interpolation.AREA,
            src_color_range=None if frame.color_range in _UNKNOWN else frame.color_range,
            dst_color_range=ColorRange.JPEG,
            threads=1,
        ).to_ndarray()
        if transparent:
            shown = np.asarray(to_rgb(Image.fromarray(shown)))
        return shown.astype(np.uint8, copy=False)


def orientation_of(frame: Any) -> int:
    """As EXIF counts, 1 to 8, from the frame's display matrix; 1 where it has none, or a slanting one."""
    matrix = frame.side_data.get(av.sidedata.sidedata.Type.DISPLAYMATRIX)
    if matrix is None or len(bytes(matrix)) < 36:
        return 1
    a, b, _, c, d, *_ = np.frombuffer(bytes(matrix), np.int32, 9).tolist()
    across, down = _unit(a, b), _unit(c, d)
    return _ORIENTATIONS.get((*across, *down), 1)


def _unit(x: int, y: int) -> tuple[int, int]:
    """The nearest of the four directions."""
    if abs(x) >= abs(y):
        return (x > 0) - (x < 0), 0
    return 0, (y > 0) - (y < 0)
