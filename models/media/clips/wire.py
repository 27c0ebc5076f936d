"""What is said to a process that works on a clip. Frames travel as pictures do: see `models.media.decoding.wire`."""

import dataclasses
from typing import Any, get_args

from models.media.clips.containers import CONTAINERS, DECODERS
from models.media.clips.info import ClipInfo, Slice
from models.media.clips.limits import ClipLimits
from models.media.clips.survey import Ended
from models.media.decoding.wanted import Wanted
from models.media.decoding.wire import BadAnswer, answered, frames_read, frames_written, whole

_ENDED: tuple[Ended, ...] = get_args(Ended)


def opening(length: int, wanted: Wanted, limits: ClipLimits) -> dict[str, Any]:
    """Asks for a clip of so many bytes to be opened."""
    return {"open": length, "wanted": wanted.to_json(), "limits": dataclasses.asdict(limits)}


NEXT: dict[str, Any] = {"slice": True}
"""Asks for the next frames of the clip that is open."""


def info_written(info: ClipInfo) -> dict[str, Any]:
    """As it is answered."""
    return dataclasses.asdict(info)


def info_read(body: bytes) -> ClipInfo:
    """What the process says of a clip. Raises the `MediaError` it tells of, or `BadAnswer`."""
    with answered(body) as said:
        if said["container"] not in CONTAINERS or said["codec"] not in DECODERS:
            raise BadAnswer(f"{said['codec']!r} in {said['container']!r}")
        return ClipInfo(
            said["container"],
            said["codec"],
            whole(said["width"], 1),
            whole(said["height"], 1),
            whole(said["length_ms"], 0),
            said["has_audio"] is True,
            whole(said["videos"], 1),
        )


def slice_written(part: Slice, space: memoryview) -> dict[str, Any]:
    """As it is answered; the pictures go to `space`."""
    return {"frames": frames_written(part.frames, space), "ended": part.ended}


def slice_read(body: bytes, space: memoryview, wanted: Wanted) -> Slice:
    """The frames, pixels copied out of `space`. Raises as `info_read` does."""
    with answered(body) as said:
        if said["ended"] is not None and said["ended"] not in _ENDED:
            raise BadAnswer(f"an end {said['ended']!r}")
        return Slice(frames_read(said["frames"], space, wanted, least=0), said["ended"])
