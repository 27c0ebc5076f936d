"""How a camera was held, as EXIF tells it: the eight orientations of tag 0x0112."""

import cv2
import numpy as np
from PIL import ExifTags, Image

from models.media.decoding.decoded import Pixels


def orientation_of(header: Image.Image) -> int:
    """1 to 8; 1 (as it lies) where there is none, or none that can be read.

    As browsers do, from EXIF that precedes the pixels: `getexif` would also look into XMP, and behind the pixels of
    a PNG, for which it decodes them.
    """
    exif = Image.Exif()
    try:
        exif.load(header.info.get("exif", b""))
        said = exif.get(ExifTags.Base.Orientation)
    except MemoryError:
        raise
    except Exception:  # parsed from hostile bytes; a picture with spoilt EXIF is still a picture
        return 1
    return said if isinstance(said, int) and 1 <= said <= 8 else 1


def turned(width: int, height: int, orientation: int) -> tuple[int, int]:
    """Width and height of the picture when it stands upright."""
    return (height, width) if orientation >= 5 else (width, height)


def upright(pixels: Pixels, orientation: int) -> Pixels:
    """The picture as it was seen through the camera."""
    match orientation:
        case 2:
            return np.ascontiguousarray(pixels[:, ::-1])
        case 3:
            return _rotated(pixels, cv2.ROTATE_180)
        case 4:
            return np.ascontiguousarray(pixels[::-1])
        case 5:
            return np.ascontiguousarray(pixels.transpose(1, 0, 2))
        case 6:
            return _rotated(pixels, cv2.ROTATE_90_CLOCKWISE)
        case 7:
            return np.ascontiguousarray(_rotated(pixels, cv2.ROTATE_180).transpose(1, 0, 2))
        case 8:
            return _rotated(pixels, cv2.ROTATE_90_COUNTERCLOCKWISE)
    return pixels


def _rotated(pixels: Pixels, how: int) -> Pixels:
    return cv2.rotate(pixels, how).astype(np.uint8, copy=False)
