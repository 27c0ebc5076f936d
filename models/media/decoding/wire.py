"""What the two sides of a decoding process say to each other.

Messages are JSON behind a length of four bytes. File and pictures lie in memory that both have mapped: first the
file, then, on a new page, the pictures, frame by frame and in the order of `Wanted.pictures`, without gaps.

Nothing that comes from the process is unpickled or believed: it may be in the hands of whoever made the file. A
message is short, and what it says must be what `Wanted` allows.
"""

import json
import math
import mmap
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from models.media.decoding.decoded import Decoded, Frame, Pixels
from models.media.decoding.formats import FORMATS
from models.media.decoding.wanted import Wanted
from moderation.errors import DecoderFailed, MediaError, MediaReason, MediaTooLarge, UndecodableMedia

LENGTH = struct.Struct("<I")
LONGEST_MESSAGE = 2**20
_LONGEST_TEXT = 300
_MOST = 2**53

_REASONS: dict[str, Callable[[str, MediaReason], MediaError]] = {
    "too large": lambda message, _: MediaTooLarge(message),
    "truncated": UndecodableMedia,
    "damaged": UndecodableMedia,
    "unsupported format": UndecodableMedia,
    "not a video": UndecodableMedia,
    "decoder memory": DecoderFailed,
    "decoder crashed": DecoderFailed,
}
"""What a process may say of a file: what a clip holds is known there only. How it died is for others to say."""


class BadAnswer(Exception):
    """An answer that no decoder in its senses gives."""


def message(said: Mapping[str, Any]) -> bytes:
    """As it goes over the wire."""
    body = json.dumps(said).encode()
    return LENGTH.pack(len(body)) + body


def room(memory: mmap.mmap, length: int) -> memoryview:
    """Where the pictures of a file of this length lie."""
    return memoryview(memory)[-(-length // mmap.PAGESIZE) * mmap.PAGESIZE :]


def written(decoded: Decoded, space: memoryview) -> dict[str, Any]:
    """Lay the pictures into `space`, and say what lies there. Raises `ValueError` where it is too small."""
    return {
        "format": decoded.format,
        "width": decoded.width,
        "height": decoded.height,
        "frame_count": decoded.frame_count,
        "truncated": decoded.truncated,
        "frames": frames_written(decoded.frames, space),
    }


def frames_written(frames: Iterable[Frame], space: memoryview) -> list[dict[str, Any]]:
    """The same for frames alone."""
    at = 0
    said = []
    for frame in frames:
        shapes = []
        for pixels in frame.pictures.values():
            height, width = pixels.shape[:2]
            _view(space, at, height, width)[...] = pixels
            at += pixels.nbytes
            shapes.append((height, width))
        said.append({"at_ms": frame.at_ms, "shapes": shapes})
    return said


def failure(error: MediaError) -> dict[str, Any]:
    """An error, as it is said."""
    return {"failed": error.reason, "message": str(error)[:_LONGEST_TEXT]}


def read(body: bytes, space: memoryview, wanted: Wanted) -> Decoded:
    """What the process answered, pixels copied out of `space`. Raises the `MediaError` it tells of, or `BadAnswer`."""
    with answered(body) as said:
        if said["format"] not in FORMATS:
            raise BadAnswer(f"a format {said['format']!r}")
        return Decoded(
            said["format"],
            whole(said["width"], 1),
            whole(said["height"], 1),
            frames_read(said["frames"], space, wanted),
            whole(said["frame_count"], len(said["frames"])),
            said["truncated"] is True,
        )


@contextmanager
def answered(body: bytes) -> Iterator[dict[str, Any]]:
    """Around what reads an answer: whatever it stumbles over is a `BadAnswer`. Raises the `MediaError` it tells of."""
    try:
        said = json.loads(body)
        if "failed" in said:
            raise _failed(said["failed"], said["message"])
        yield said
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadAnswer(f"{type(error).__name__}: {error}") from error


def frames_read(said: list[Any], space: memoryview, wanted: Wanted, least: int = 1) -> tuple[Frame, ...]:
    """At least so many frames, pixels copied out of `space`. Raises `BadAnswer`, as `answered` does."""
    if not least <= len(said) <= wanted.frames:
        raise BadAnswer(f"{len(said)} frames")
    at = 0
    frames = []
    for frame in said:
        pictures = {}
        for (name, rendition), (height, width) in zip(wanted.pictures.items(), frame["shapes"], strict=True):
            if not rendition.allows(whole(width, 1), whole(height, 1)):
                raise BadAnswer(f"{name} of {width} x {height}")
            pictures[name] = _view(space, at, height, width).copy()
            at += math.prod((height, width, 3))
        frames.append(Frame(whole(frame["at_ms"], 0), pictures))
    return tuple(frames)


def whole(said: object, least: int) -> int:
    """A number from `least` on. Raises `BadAnswer`."""
    if type(said) is not int or not least <= said <= _MOST:
        raise BadAnswer(f"{said!r} where a number was due")
    return said


def _failed(reason: MediaReason, message: str) -> MediaError:
    printable = "".join(character for character in message[:_LONGEST_TEXT] if character.isprintable())
    return _REASONS[reason](printable, reason)


def _view(space: memoryview, at: int, height: int, width: int) -> Pixels:
    return np.frombuffer(space, np.uint8, height * width * 3, at).reshape(height, width, 3)
