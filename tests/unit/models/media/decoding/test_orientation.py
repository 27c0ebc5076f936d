"""All eight orientations of EXIF, in every format that carries them."""

import numpy as np
import pytest

from models.media.decoding import Decoded, Exact, Wanted
from models.media.decoding.decoded import Pixels
from tests.unit.models.media.decoding.conftest import Decode
from tests.unit.models.media.decoding.pictures import oriented, saved, scene
from tests.unit.models.media.decoding.wants import difference, picture

# What the tag's definition says stands where: row 0 and column 0 of the file, as seen (EXIF 2.32, tag 0x0112).
AS_LAID: dict[int, Pixels] = {
    1: scene(),
    2: np.fliplr(scene()),
    3: np.rot90(scene(), 2),
    4: np.flipud(scene()),
    5: np.transpose(scene(), (1, 0, 2)),
    6: np.rot90(scene(), 1),
    7: np.rot90(np.transpose(scene(), (1, 0, 2)), 2),
    8: np.rot90(scene(), -1),
}
"""The scene as a camera lays it into the file; turned as the tag says, each shows the scene."""


@pytest.mark.parametrize("orientation", AS_LAID)
@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_the_picture_stands_upright(decode: Decode, format_: str, orientation: int) -> None:
    options = {} if format_ == "TIFF" else {"quality": 95}
    laid = np.ascontiguousarray(AS_LAID[orientation])
    decoded: Decoded = decode(saved(format_, laid, exif=oriented(orientation), **options))
    assert (decoded.width, decoded.height) == (96, 64)
    assert difference(picture(decoded), scene()) < 4


def test_what_a_model_sees_is_upright_too(decode: Decode) -> None:
    wanted = Wanted({"model": Exact(48, 32)})
    seen = {
        orientation: decode(saved("PNG", np.ascontiguousarray(laid), exif=oriented(orientation)), wanted)
        .frames[0]
        .pictures["model"]
        for orientation, laid in AS_LAID.items()
    }
    assert all(difference(seen[orientation], seen[1]) < 1 for orientation in seen)


@pytest.mark.parametrize("exif", [oriented(0), oriented(9), b"Exif\0\0MM", b"Exif\0\0" + b"\xff" * 50])
def test_spoilt_exif_leaves_the_picture_as_it_lies(decode: Decode, exif: bytes) -> None:
    assert difference(picture(decode(saved("JPEG", quality=95, exif=exif))), scene()) < 4
