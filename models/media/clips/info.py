"""What a clip is, and what a slice of the work on it gave."""

from dataclasses import dataclass

from models.media.clips.containers import Container
from models.media.clips.survey import Ended
from models.media.decoding.decoded import Frame


@dataclass(frozen=True)
class ClipInfo:
    """As it was found, not as its header says.

    `width` and `height` are those of the first frame as a player shows it: upright, with square pixels. `length_ms`
    is when the last frame appears; where the clip is longer than the limits allow, the last that was looked for.
    Nothing listens to the audio. Of several `videos` in one file, players show one, and only that one is looked at.
    """

    container: Container
    codec: str
    width: int
    height: int
    length_ms: int
    has_audio: bool
    videos: int = 1


@dataclass(frozen=True)
class Slice:
    """Some frames, in the order of the clip; there may be none where much had to be decoded.

    `at_ms` of a frame counts from the clip's first frame. `ended` says that it is the last slice, and why.
    """

    frames: tuple[Frame, ...]
    ended: Ended | None = None
