"""Files of every format and oddity, made here."""

import io
import struct
import zlib
from typing import Any

import numpy as np
from PIL import Image

from models.media.decoding.decoded import Pixels


def scene(width: int = 96, height: int = 64) -> Pixels:
    """A picture in which no two corners, and no two directions, look alike; smooth enough to survive JPEG."""
    across = np.linspace(0, 200, width)[None, :].repeat(height, 0)
    down = np.linspace(0, 200, height)[:, None].repeat(width, 1)
    pixels = np.stack([across, down, np.full((height, width), 60.0)], axis=2)
    pixels[: height // 2, : width // 4] = (250, 240, 20)
    return pixels.round().astype(np.uint8)


def saved(format_: str, picture: Image.Image | Pixels | None = None, **options: Any) -> bytes:
    """The scene, or another picture, in a format that Pillow writes."""
    if picture is None:
        picture = scene()
    if isinstance(picture, np.ndarray):
        picture = Image.fromarray(picture)
    out = io.BytesIO()
    picture.save(out, format_, **options)
    return out.getvalue()


def oriented(orientation: int) -> bytes:
    """EXIF that says so."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif.tobytes()


def animation(format_: str, colours: list[int], shown_ms: list[int], size: tuple[int, int] = (16, 12)) -> bytes:
    """Frames of one grey each."""
    frames = [Image.fromarray(np.full((size[1], size[0], 3), grey, np.uint8)) for grey in colours]
    options: dict[str, Any] = {"lossless": True} if format_ == "WEBP" else {}
    return saved(format_, frames[0], save_all=True, append_images=frames[1:], duration=shown_ms, **options)


def png(width: int, height: int, *chunks: tuple[bytes, bytes], colour: int = 2) -> bytes:
    """A PNG of these chunks behind a header."""
    header = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in ((b"IHDR", header), *chunks, (b"IEND", b""))
    )


EVERY_FORMAT: dict[str, bytes] = {
    "jpeg": saved("JPEG", quality=95, subsampling=0),
    "jpeg progressive": saved("JPEG", quality=95, progressive=True),
    "jpeg grey": saved("JPEG", Image.fromarray(scene()).convert("L"), quality=95),
    "jpeg cmyk": saved("JPEG", Image.fromarray(scene()).convert("CMYK"), quality=95),
    "png": saved("PNG"),
    "png palette": saved("PNG", Image.fromarray(scene()).quantize(200)),
    "png bilevel": saved("PNG", Image.fromarray(scene()).convert("1")),
    "png alpha": saved("PNG", Image.fromarray(scene()).convert("RGBA")),
    "gif": saved("GIF"),
    "webp": saved("WEBP", quality=95),
    "webp lossless": saved("WEBP", lossless=True),
    "bmp": saved("BMP"),
    "ico": saved("ICO", Image.fromarray(scene(64, 64)), sizes=[(64, 64)]),
    "tiff": saved("TIFF"),
    "tiff lzw": saved("TIFF", compression="tiff_lzw"),
    "tiff g4": saved("TIFF", Image.fromarray(scene()).convert("1"), compression="group4"),
    "avif": saved("AVIF", quality=95),
    "jpeg2000": saved("JPEG2000"),
    "gif animated": animation("GIF", [0, 90, 180], [100, 200, 300]),
    "png animated": animation("PNG", [0, 90, 180], [100, 200, 300]),
    "webp animated": animation("WEBP", [0, 90, 180], [100, 200, 300]),
    "avif animated": animation("AVIF", [0, 90, 180], [100, 200, 300]),
}
