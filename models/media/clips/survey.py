"""What a clip consists of, listed before anything is decoded.

Listing the packets of a ten-minute clip takes a tenth of a second, and tells where its keyframes are, how far they
lie apart, and which frames were so hard to predict that a cut is likely, whatever its header says.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, Protocol

from models.media.clips.limits import ClipLimits

Ended = Literal["complete", "truncated", "limits"]
"""How far a clip was seen: to its end; to where it breaks off or is damaged; or as far as the limits allow."""

FORTH_MS = 3_600_000
"""A step further than this is a fault, or a lie, not a still picture of an hour."""

_BACK_MS = 500
"""In the order of decoding, time goes on. One step further back than this is a clock set anew."""
_BACK_BY_PTS_MS = 2_000
"""Where only the time of showing is known, frames that others refer to come before those shown earlier."""
_MOST_DELAYED_MS = 10_000


@dataclass(frozen=True, slots=True)
class Listed:
    """One encoded frame: its time from the start of the clip, whether it stands for itself, its size in bytes."""

    at_ms: int
    key: bool
    size: int


@dataclass(frozen=True)
class Survey:
    """All packets of the clip's video, in the order of decoding."""

    packets: tuple[Listed, ...]
    ended: Ended

    @property
    def length_ms(self) -> int:
        """When the last frame appears."""
        return max((packet.at_ms for packet in self.packets), default=0)


class Encoded(Protocol):
    """A packet of PyAV."""

    pts: int | None
    dts: int | None
    size: int
    is_keyframe: bool


class Clock:
    """From the times in a file to milliseconds from the clip's start: never negative, and never far back or ahead.

    A missing time is one step after the last. After a jump the clip goes on, by one step.
    """

    def __init__(self, time_base: Fraction, step_ms: float) -> None:
        self._unit_ms = float(time_base) * 1000
        self._step_ms = step_ms
        self._offset: float | None = None
        self._raw = 0.0
        self._latest = 0.0

    def at(self, pts: int | None, dts: int | None) -> int:
        """When the next packet is shown. Packets come in the order of decoding."""
        stamp = pts if dts is None else dts
        raw = self._raw + self._step_ms if stamp is None else stamp * self._unit_ms
        delay = 0.0
        if pts is not None and dts is not None:
            delay = min(max((pts - dts) * self._unit_ms, 0.0), _MOST_DELAYED_MS)
        if self._offset is None:
            self._offset, self._latest = -raw - delay, -delay
        back = _BACK_BY_PTS_MS if dts is None else _BACK_MS
        if not -back <= raw + self._offset - self._latest <= FORTH_MS:
            self._offset = self._latest + self._step_ms - raw
        self._raw = raw
        self._latest = max(self._latest, raw + self._offset)
        return max(0, round(raw + self._offset + delay))


def surveyed(packets: Iterable[Encoded], clock: Clock, limits: ClipLimits) -> Survey:
    """The list. What cannot be read ends it: whatever `packets` raises must be told apart by who gives them."""
    listed: list[Listed] = []
    for packet in packets:
        at_ms = clock.at(packet.pts, packet.dts)
        if at_ms > limits.seconds * 1000 or len(listed) >= limits.packets:
            return Survey(tuple(listed), "limits")
        listed.append(Listed(at_ms, packet.is_keyframe, packet.size))
    return Survey(tuple(listed), "complete")
