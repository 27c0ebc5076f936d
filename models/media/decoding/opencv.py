"""What OpenCV reads: JPEG at a fraction of its size, PNG and WebP about a tenth faster than Pillow.

It is also the second reader of what Pillow calls damaged and browsers show, such as a PNG with a wrong checksum in
a chunk that nobody needs, or a BMP with an unusual order of colours.
"""

import cv2
import numpy as np

from models.media.decoding.damage import reading
from models.media.decoding.decoded import Pixels
from models.media.decoding.formats import Format

SCALES = (8, 4, 2, 1)
"""The fractions that libjpeg decodes at, by dropping DCT coefficients."""

END_OF_JPEG = b"\xff\xd9"

_FLAGS = {
    8: cv2.IMREAD_REDUCED_COLOR_8,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    1: cv2.IMREAD_COLOR,
}


def still(content: bytes, format_: Format, scale: int = 1) -> Pixels | None:
    """The picture at 1/`scale` of its size, as it lies in the file; None where OpenCV cannot read it.

    `scale` is one of `SCALES`, and 1 for anything but JPEG. Alpha is dropped, EXIF orientation is not applied.
    """
    # Without `IMREAD_COLOR_BGR`, the bit in each of these flags, OpenCV gives RGB, which saves turning it round.
    flags = _FLAGS[scale] & ~cv2.IMREAD_COLOR_BGR | cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
    with reading(format_):
        decoded = cv2.imdecode(np.frombuffer(content, np.uint8), flags)
    return None if decoded is None else decoded.astype(np.uint8, copy=False)


def with_end(jpeg: bytes) -> bytes:
    """A JPEG that breaks off, ended after its last whole segment: libjpeg then fills what is missing with grey."""
    last = max(jpeg.rfind(b"\xff\xc4"), jpeg.rfind(b"\xff\xda"))
    cut = last >= 0 and last + 2 + int.from_bytes(jpeg[last + 2 : last + 4], "big") > len(jpeg)
    return (jpeg[:last] if cut else jpeg) + END_OF_JPEG


def second_reading(content: bytes, format_: Format) -> Pixels | None:
    """The picture in full size, transparent parts on white; None where OpenCV cannot read it either."""
    with reading(format_):
        decoded = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
        if decoded is None or decoded.dtype not in (np.uint8, np.uint16):
            return None
        pixels = (decoded // 256 if decoded.dtype == np.uint16 else decoded).astype(np.uint8, copy=False)
        channels = 1 if pixels.ndim == 2 else pixels.shape[2]
        if channels not in (1, 3, 4):
            return None
        rgb = cv2.cvtColor(pixels, {1: cv2.COLOR_GRAY2RGB, 3: cv2.COLOR_BGR2RGB, 4: cv2.COLOR_BGRA2RGB}[channels])
        if channels == 4:
            transparent = cv2.bitwise_not(pixels[:, :, 3])
            # White where nothing covers it: colour times alpha, plus what alpha leaves.
            covered = cv2.multiply(rgb, cv2.cvtColor(pixels[:, :, 3], cv2.COLOR_GRAY2RGB), scale=1 / 255)
            rgb = cv2.add(covered, cv2.cvtColor(transparent, cv2.COLOR_GRAY2RGB))
    return rgb.astype(np.uint8, copy=False)


def jpeg_ends(content: bytes) -> bool:
    """Whether an end marker follows the first scan. Thumbnails before it and clips behind the end have their own."""
    if content.endswith(END_OF_JPEG):
        return True
    at = 2
    while content[at : at + 1] == b"\xff" and content[at + 1 : at + 2] != b"\xda":
        # A marker may be preceded by any number of fill bytes; every segment before the first scan says its length.
        filled = content[at + 1 : at + 2] == b"\xff"
        at += 1 if filled else 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    return content.find(END_OF_JPEG, at) >= 0
