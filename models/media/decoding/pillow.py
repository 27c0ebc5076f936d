"""What Pillow reads: headers of every format, and all pictures that OpenCV does not read well."""

import io
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    IcoImagePlugin,
    Image,
    ImageFile,
    Jpeg2KImagePlugin,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from models.media.decoding.colour import to_rgb
from models.media.decoding.damage import reading
from models.media.decoding.decoded import Pixels
from models.media.decoding.formats import Format
from models.media.decoding.frames import Sample, Still
from models.media.decoding.limits import Limits
from moderation.errors import MediaTooLarge, UndecodableMedia

# Opened by class: `Image.open` tries every plugin that it knows when the right one refuses the file.
_PLUGINS: dict[Format, Callable[[io.BytesIO], ImageFile.ImageFile]] = {
    "jpeg": JpegImagePlugin.JpegImageFile,
    "png": PngImagePlugin.PngImageFile,
    "gif": GifImagePlugin.GifImageFile,
    "webp": WebPImagePlugin.WebPImageFile,
    "bmp": BmpImagePlugin.BmpImageFile,
    "ico": IcoImagePlugin.IcoImageFile,
    "tiff": TiffImagePlugin.TiffImageFile,
    "avif": AvifImagePlugin.AvifImageFile,
    "jpeg2000": Jpeg2KImagePlugin.Jpeg2KImageFile,
}
_SEQUENCES: tuple[Format, ...] = ("gif", "png", "webp", "avif", "tiff")

AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # there is a process per core
GifImagePlugin.LOADING_STRATEGY = GifImagePlugin.LoadingStrategy.RGB_ALWAYS


def opened(content: bytes, format_: Format) -> ImageFile.ImageFile:
    """The file with its header read, and nothing decoded. Raises `MediaError`."""
    with reading(format_):
        return _PLUGINS[format_](io.BytesIO(content))


def is_sequence(picture: ImageFile.ImageFile, format_: Format) -> bool:
    """Whether the file has more than one frame or page that people see."""
    with reading(format_):
        return format_ in _SEQUENCES and bool(getattr(picture, "is_animated", False))


def checked(width: int, height: int, limits: Limits) -> None:
    """Raise `MediaTooLarge` or `UndecodableMedia` for sizes that are not decoded."""
    if width < 1 or height < 1:
        raise UndecodableMedia(f"the header says {width} x {height} pixels", "damaged")
    if max(width, height) > limits.side:
        raise MediaTooLarge(f"{width} x {height} pixels; a side may have {limits.side:,}")
    if width * height > limits.pixels:
        raise MediaTooLarge(f"{width} x {height} pixels; {limits.pixels:,} are allowed")


Shrink = Callable[[int, int], int]
"""From the width and height of a frame to the whole number by which it may be shrunk."""


def still(content: bytes, format_: Format, shrink: Shrink) -> tuple[Still, bool]:
    """The first frame, and whether part of it is missing. Raises `MediaError`."""
    try:
        return Still(0, 0, _first(content, format_, shrink)), False
    except UndecodableMedia as error:
        with _as_far_as_it_goes():
            try:
                return Still(0, 0, _first(content, format_, shrink)), True
            except UndecodableMedia:
                raise error from None


def frames(content: bytes, format_: Format, limits: Limits, shrink: Shrink, most: int) -> tuple[list[Still], int, bool]:
    """At most `most` frames, how many were found, and whether there are more, damaged or beyond the limits."""
    sample = Sample(most)
    try:
        whole = _all_added(sample, opened(content, format_), format_, limits, shrink)
    except UndecodableMedia:
        if not sample.count:
            first, truncated = still(content, format_, shrink)
            return [first], 1, truncated
        whole = False
    return sample.kept(), sample.count, not whole


def _all_added(sample: Sample, picture: ImageFile.ImageFile, format_: Format, limits: Limits, shrink: Shrink) -> bool:
    """Add every frame to the sample; false where the limits end it before the file does."""
    budget = limits.animation_pixels
    with reading(format_):
        while _moved(picture, sample.count):
            checked(*picture.size, limits)
            budget -= math.prod(picture.size)
            if sample.count and (budget < 0 or sample.count >= limits.frames):
                return False
            pixels = _pixels(picture, shrink)
            sample.add(pixels, None if format_ == "tiff" else _shown_ms(picture))
    return True


def _first(content: bytes, format_: Format, shrink: Shrink) -> Pixels:
    picture = opened(content, format_)
    with reading(format_):
        if format_ == "jpeg":
            picture.draft(None, _drafted(picture.size, shrink))
        pixels = _pixels(picture, shrink)
    return pixels


def _drafted(size: tuple[int, int], shrink: Shrink) -> tuple[int, int]:
    """What to ask libjpeg for; it gives the next larger of the sizes it can decode at."""
    by = shrink(*size)
    return max(size[0] // by, 1), max(size[1] // by, 1)


def _pixels(picture: Image.Image, shrink: Shrink) -> Pixels:
    picture.load()
    rgb = to_rgb(picture)
    by = shrink(*rgb.size)
    return np.asarray(rgb.reduce(by) if by > 1 else rgb)


def _moved(picture: ImageFile.ImageFile, index: int) -> bool:
    try:
        picture.seek(index)
    except EOFError:
        return False
    return True


def _shown_ms(picture: Image.Image) -> float:
    shown = picture.info.get("duration", 0)
    return float(shown) if isinstance(shown, int | float) and math.isfinite(shown) else 0.0


@contextmanager
def _as_far_as_it_goes() -> Iterator[None]:
    """Pillow then leaves black what it cannot read. One thread decodes in a process: the switch is global."""
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False
