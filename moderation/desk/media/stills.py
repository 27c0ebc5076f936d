"""What the desk needs of pictures and clips: pixels. Files of strangers are fetched and decoded by whoever gives them.

The desk never opens such a file itself: `moderation desk` hands in `models.media.stills`, which decodes in processes
that may crash.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from moderation.errors import MediaError
from moderation.events import Media

Box = tuple[float, float, float, float]
"""x, y, width, height as fractions of the picture."""


@dataclass(frozen=True, slots=True)
class Still:
    """A picture, or a frame of a clip: RGB, row by row, and where faces are."""

    width: int
    height: int
    rgb: bytes
    faces: tuple[Box, ...] = ()


class Stills(Protocol):
    """Gives pixels; may be asked from many threads at once."""

    def of(self, media: Media, at_ms: Sequence[int] = ()) -> Mapping[int, Still]:
        """A picture under 0; of a clip the frames at these times, by time, or some of its own choice where none is
        asked for. Raises `MediaError`."""
        ...


class NoStills:
    """Of a desk that fetches no media."""

    def of(self, media: Media, at_ms: Sequence[int] = ()) -> Mapping[int, Still]:
        """See `Stills.of`."""
        raise MediaError("this desk fetches no media", "forbidden scheme")
