"""Any of Pillow's modes to 8-bit RGB.

Transparent parts are put on white, as most sites show them; what is hidden under full transparency is not seen.
White writing on a transparent ground is lost, as it is on such a site; it would show on a dark one.
Colour profiles (ICC) and gamma are not applied: they shift colours by less than JPEG does, and hashes and models
were made without them. CMYK is converted without a profile, too, which makes its colours brighter than print.
16-bit grey keeps its upper 8 bits. 32-bit and floating-point grey, which have no agreed white, are stretched from
their least to their greatest value.
"""

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageChops

from models.media.decoding.decoded import Pixels

_WHITE = (255, 255, 255)


def to_rgb(picture: Image.Image) -> Image.Image:
    """The same picture in mode `RGB`. Raises `ValueError` for a mode that cannot be converted."""
    if picture.mode.startswith("I;16"):
        upper = np.asarray(picture).astype(np.uint16, copy=False) >> 8
        return Image.fromarray(upper.astype(np.uint8)).convert("RGB")
    if picture.mode in ("I", "F"):
        return Image.fromarray(_stretched(np.asarray(picture))).convert("RGB")
    if picture.has_transparency_data:
        return _on_white(picture)
    return picture if picture.mode == "RGB" else picture.convert("RGB")


def _on_white(picture: Image.Image) -> Image.Image:
    rgba = picture if picture.mode == "RGBA" else picture.convert("RGBA")
    alpha = rgba.getchannel("A")
    if alpha.getextrema() == (255, 255):
        return rgba.convert("RGB")
    opaque = rgba.convert("RGB")
    opaque.paste(_WHITE, mask=ImageChops.invert(alpha))
    return opaque


def _stretched(grey: npt.NDArray[np.generic]) -> Pixels:
    values: npt.NDArray[np.float64] = grey.astype(np.float64)
    finite = np.isfinite(values)
    if not finite.any():
        return np.zeros(values.shape, np.uint8)
    least, most = values[finite].min(), values[finite].max()
    if least == most:
        return np.full(values.shape, 128, np.uint8)
    values = np.nan_to_num((values - least) / (most - least), nan=0.0, posinf=1.0, neginf=0.0)
    values = (values.clip(0, 1) * 255).round()
    return values.astype(np.uint8)
