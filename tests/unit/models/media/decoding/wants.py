"""What these tests want of a file."""

from models.media.decoding import Fit, Wanted
from models.media.decoding.decoded import Decoded, Pixels

SMALL = Wanted({"picture": Fit(128)})


def picture(decoded: Decoded, frame: int = 0) -> Pixels:
    """The picture of a frame."""
    return decoded.frames[frame].pictures["picture"]


def difference(one: Pixels, other: Pixels) -> float:
    """The mean absolute difference, in grey levels."""
    assert one.shape == other.shape
    return float(abs(one.astype(int) - other.astype(int)).mean())
