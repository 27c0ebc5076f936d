"""Every accepted format is recognised by its content and gives the picture that was put in."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from models.media.decoding import Decoded, webp
from models.media.decoding.formats import FORMATS, format_of
from moderation.errors import MediaTooLarge, UndecodableMedia
from tests.unit.models.media.decoding.conftest import Decode
from tests.unit.models.media.decoding.pictures import EVERY_FORMAT, oriented, png, saved, scene
from tests.unit.models.media.decoding.wants import difference, picture


@pytest.mark.parametrize("name", EVERY_FORMAT)
def test_every_format_is_decoded_and_named(decode: Decode, name: str) -> None:
    decoded = decode(EVERY_FORMAT[name])
    assert decoded.format == name.split()[0]
    assert not decoded.truncated


def test_every_accepted_format_has_a_file_here() -> None:
    assert {name.split()[0] for name in EVERY_FORMAT} == set(FORMATS)


@pytest.mark.parametrize("name", ["jpeg", "jpeg progressive", "png", "png alpha", "webp", "webp lossless", "bmp",
                                  "tiff", "tiff lzw", "avif", "jpeg2000", "png palette"])  # fmt: skip
def test_the_picture_is_the_one_that_was_put_in(decode: Decode, name: str) -> None:
    assert difference(picture(decode(EVERY_FORMAT[name])), scene()) < 3


def test_cmyk_is_read_whether_or_not_it_is_inverted_as_adobe_does(decode: Decode) -> None:
    decoded = picture(decode(EVERY_FORMAT["jpeg cmyk"]))
    assert difference(decoded, scene()) < 6


def test_sixteen_bit_grey_keeps_its_upper_byte(decode: Decode) -> None:
    ramp = np.linspace(0, 65535, 96).astype(np.uint16)[None, :].repeat(64, 0)
    for format_ in ("PNG", "TIFF"):
        decoded = picture(decode(saved(format_, Image.fromarray(ramp))))
        assert difference(decoded[:, :, 0], (ramp >> 8).astype(np.uint8)) < 1


def test_sixteen_bit_colour_keeps_its_upper_byte(decode: Decode) -> None:
    rows = b"".join(b"\0" + struct.pack(">3H", 0x8040, 0x20FF, 0xFF00) * 4 for _ in range(4))
    header = struct.pack(">IIBBBBB", 4, 4, 16, 2, 0, 0, 0)
    content = png(4, 4, (b"IDAT", zlib.compress(rows)))
    content = content[:16] + header + struct.pack(">I", zlib.crc32(b"IHDR" + header)) + content[33:]
    assert picture(decode(content))[0, 0].tolist() == [0x80, 0x20, 0xFF]


def test_floating_point_grey_is_stretched_and_knows_no_nan(decode: Decode) -> None:
    grey = np.linspace(-1, 1, 96, dtype=np.float32)[None, :].repeat(64, 0)
    grey[0, 0] = np.nan
    decoded = picture(decode(saved("TIFF", Image.fromarray(grey))))
    assert decoded[:, 0, 0].max() == 0
    assert decoded[:, -1, 0].min() == 255


def test_transparent_parts_are_white_whatever_hides_under_them(decode: Decode) -> None:
    pixels = np.dstack([scene(), np.zeros((64, 96), np.uint8)])
    pixels[:, 48:, 3] = 128
    for format_, options in (("PNG", {}), ("WEBP", {"lossless": True, "exact": True}), ("TIFF", {})):
        decoded = picture(decode(saved(format_, Image.fromarray(pixels), **options)))
        assert decoded[:, :48].min() == 255
        assert difference(decoded[:, 48:], (scene()[:, 48:].astype(float) * 128 / 255 + 127).astype(np.uint8)) < 2


def test_a_transparent_colour_of_a_palette_is_white(decode: Decode) -> None:
    palette = Image.fromarray(scene()).quantize(32)
    decoded = picture(decode(saved("PNG", palette, transparency=palette.getpixel((0, 0)))))
    assert decoded[0, 0].tolist() == [255, 255, 255]


def test_the_largest_picture_of_an_icon_is_taken(decode: Decode) -> None:
    decoded = decode(saved("ICO", Image.fromarray(scene(64, 64)), sizes=[(16, 16), (64, 64), (32, 32)]))
    assert (decoded.width, decoded.height) == (64, 64)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"hello, this is text", "not an image"),
        (b"BM is how this text begins", "not an image"),
        (b"<html><body></body></html>", "not an image"),
        (b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>", "unsupported format"),
        (b"%PDF-1.7", "unsupported format"),
        (b"8BPS" + bytes(40), "unsupported format"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "unsupported format"),
        (b"\0\0\0\x18ftypisom\0\0\0\0isomavc1", "not an image"),
        (b"\0\0\0\x0cftypavif", "damaged"),
        (b"\xff\xd8\xff", "damaged"),
        (b"GIF89a", "damaged"),
    ],
)
def test_what_is_no_picture_of_ours_is_refused_with_its_reason(decode: Decode, content: bytes, reason: str) -> None:
    with pytest.raises(UndecodableMedia) as refused:
        decode(content)
    assert refused.value.reason == reason


def test_the_name_of_a_format_is_told_where_it_is_known() -> None:
    with pytest.raises(UndecodableMedia, match="PSD is not accepted; accepted are jpeg, png, gif"):
        format_of(b"8BPS\0\1")


@pytest.mark.parametrize("size", [(70_000, 1), (20_000, 20_000), (2**31 - 1, 2**31 - 1)])
def test_a_header_beyond_the_limits_is_refused_before_anything_is_decoded(
    decode: Decode, size: tuple[int, int]
) -> None:
    with pytest.raises(MediaTooLarge, match=f"{size[0]} x {size[1]} pixels"):
        decode(png(*size))


def test_a_bomb_in_a_chunk_that_nobody_needs_spoils_no_picture(decode: Decode) -> None:
    rows = zlib.compress((b"\0" + bytes(range(0, 240, 20)) * 1) * 4)
    bomb = zlib.compress(bytes(200 * 2**20), 9)
    decoded: Decoded = decode(png(4, 4, (b"iCCP", b"x\0\0" + bomb), (b"zTXt", b"x\0\0" + bomb), (b"IDAT", rows)))
    assert (decoded.width, decoded.height) == (4, 4)
    assert picture(decoded)[0, 0].tolist() == [0, 20, 40]


@pytest.mark.parametrize("options", [{}, {"lossless": True}, {"exif": oriented(1)}])
def test_the_size_of_a_webp_is_read_before_libwebp_sees_it(options: dict[str, object]) -> None:
    assert webp.size(saved("WEBP", **options)) == (96, 64)


def test_a_webp_of_gigantic_size_is_too_large_rather_than_out_of_memory(decode: Decode) -> None:
    content = bytearray(saved("WEBP", exif=oriented(1)))
    assert content[12:16] == b"VP8X"
    content[24:30] = b"\xff" * 6
    with pytest.raises(MediaTooLarge):
        decode(bytes(content))
