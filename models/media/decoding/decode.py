"""A file to the pictures that are wanted of it. Runs inside a decoding process: see `Decoder`."""

import warnings
from collections.abc import Callable
from dataclasses import replace

from PIL import Image, ImageFile

from models.media.decoding import opencv, pillow, webp
from models.media.decoding.damage import reading
from models.media.decoding.decoded import Decoded, Frame, Pixels
from models.media.decoding.formats import Format, format_of
from models.media.decoding.frames import Still
from models.media.decoding.limits import Limits
from models.media.decoding.orientation import orientation_of, turned, upright
from models.media.decoding.rendering import rendered
from models.media.decoding.wanted import Wanted
from moderation.errors import UndecodableMedia

_SEEN = 0.01  # what decoders fill in has one colour; the first missing block of a JPEG has some noise

# For pictures inside a file (an ICO is a list of them), whose size no header of the file tells.
warnings.simplefilter("error", Image.DecompressionBombWarning)


def decode(content: bytes, wanted: Wanted, limits: Limits) -> Decoded:
    """The pictures, made in this process, one call at a time. Raises `MediaError`."""
    format_ = format_of(content)
    Image.MAX_IMAGE_PIXELS = limits.pixels
    missing = 0
    if format_ == "webp":
        pillow.checked(*webp.size(content), limits)
        missing = min(webp.missing(content), limits.content_bytes)
    try:
        # libwebp refuses a file that is shorter than it says, of which browsers show the beginning.
        decoded = _decoded(content + bytes(missing), format_, wanted, limits)
        return replace(decoded, truncated=True) if missing else decoded
    except UndecodableMedia as error:
        pixels = opencv.second_reading(content, format_) if error.reason == "damaged" else None
        if pixels is None:
            raise
    height, width = pixels.shape[:2]
    pillow.checked(width, height, limits)
    _something_is_seen(pixels, format_)
    return Decoded(format_, width, height, (Frame(0, rendered(pixels, wanted)),), truncated=True)


def _decoded(content: bytes, format_: Format, wanted: Wanted, limits: Limits) -> Decoded:
    header = pillow.opened(content, format_)
    width, height = header.size
    pillow.checked(width, height, limits)
    # Pillow turns a TIFF itself.
    orientation = 1 if format_ == "tiff" else orientation_of(header)
    shrink = _shrinker(wanted, orientation)
    count = 1
    sequence = pillow.is_sequence(header, format_)
    if sequence and wanted.frames > 1:
        stills, count, truncated = pillow.frames(content, format_, limits, shrink, wanted.frames)
    elif not sequence and _is_for_opencv(header, format_):
        still, truncated = _with_opencv(content, format_, shrink, header.size)
        stills = [still]
    else:
        still, truncated = pillow.still(content, format_, shrink)
        stills = [still]
    if truncated and len(stills) == 1:
        _something_is_seen(stills[0].pixels, format_)
    frames = (Frame(still.at_ms, rendered(upright(still.pixels, orientation), wanted)) for still in stills)
    return Decoded(format_, *turned(width, height, orientation), tuple(frames), count, truncated)


def _shrinker(wanted: Wanted, orientation: int) -> Callable[[int, int], int]:
    """Of a size in the file, the largest whole number by which it may be shrunk for what is wanted."""

    def shrink(width: int, height: int) -> int:
        return wanted.shrink(*turned(width, height, orientation))

    return shrink


def _is_for_opencv(header: ImageFile.ImageFile, format_: Format) -> bool:
    """Whether OpenCV gives what Pillow would: it drops alpha, and knows another way from CMYK to RGB."""
    if format_ == "jpeg":
        return header.mode in ("RGB", "L")
    with reading(format_):
        return format_ in ("png", "webp") and header.mode in ("RGB", "L", "P") and not header.has_transparency_data


def _with_opencv(content: bytes, format_: Format, shrink: pillow.Shrink, size: tuple[int, int]) -> tuple[Still, bool]:
    truncated = format_ == "jpeg" and not opencv.jpeg_ends(content)
    by = shrink(*size) if format_ == "jpeg" else 1
    pixels = opencv.still(
        opencv.with_end(content) if truncated else content,
        format_,
        next(scale for scale in opencv.SCALES if scale <= by),
    )
    if pixels is None:
        return pillow.still(content, format_, shrink)
    return Still(0, 0, pixels), truncated


def _something_is_seen(pixels: Pixels, format_: Format) -> None:
    """Raise `UndecodableMedia` for a truncated picture that is, but for a hundredth, the colour of its last pixel."""
    if (pixels != pixels[-1, -1]).any(axis=2).mean() < _SEEN:
        raise UndecodableMedia(f"{format_}: nothing of the picture can be read", "truncated")
