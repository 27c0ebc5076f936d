"""What a library says of hostile bytes, as one of our errors."""

from collections.abc import Iterator
from contextlib import contextmanager

import cv2
from PIL import Image

from models.media.decoding.formats import Format
from moderation.errors import DecoderFailed, MediaError, MediaTooLarge, UndecodableMedia


@contextmanager
def reading(format_: Format) -> Iterator[None]:
    """Around calls into a decoder, and only those: on bytes made by strangers they raise whatever there is.

    Raises `UndecodableMedia` (`damaged`), `MediaTooLarge`, or `DecoderFailed` (`decoder memory`).
    """
    try:
        yield
    except MediaError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise MediaTooLarge(f"{format_}: a picture inside the file is too large: {one_line(error)}") from error
    except Exception as error:
        if is_lack_of_memory(error):
            raise DecoderFailed(f"{format_}: decoding needs more memory than is allowed", "decoder memory") from error
        raise UndecodableMedia(f"{format_}: {one_line(error)}", "damaged") from error


def one_line(error: BaseException) -> str:
    """The message without line breaks, short: it stands in logs."""
    return " ".join(f"{str(error) or type(error).__name__}".split())[:200]


def is_lack_of_memory(error: Exception) -> bool:
    """Whether it comes from an allocation that failed, in Python or in OpenCV."""
    return isinstance(error, MemoryError) or (
        isinstance(error, cv2.error) and (error.code == cv2.Error.StsNoMem or "bad_alloc" in str(error))
    )
