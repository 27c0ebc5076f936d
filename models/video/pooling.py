"""From the signals of a clip's frames to those of the clip.

Two ways, and the lane says which a signal gets. The maximum is the word of one frame: right for what can be shown once
and is then known, such as a hash that matches or a link in a QR code. Of a model's scores it is too quick: among 200
frames of a harmless clip the most suspicious is one in 200, and a threshold made for pictures is passed too often. The
mean over all frames drowns a scene of ten seconds in an hour. Between them stands the mean of the `TOP` highest
frames, of a short clip the highest third: a few have to agree, for however short a time, and however much there is
besides.

Frames are not spread evenly over a clip (scene changes bring more), so neither is weighed by time. A frame without a
signal, such as a score of text where there is no text, says nothing about it: it does not count as 0.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from models.image.sight import WORTH_SHOWING
from moderation.events import Evidence

TOP = 3
"""Frames; of fewer than three times as many, a third."""

TIMELINE = 60
PEAKS = 3
APART_MS = 1_000
"""Peaks closer than this are one."""

THUMBNAILS = 12


@dataclass(frozen=True, slots=True)
class Moment:
    """The value of a signal at a time of the clip."""

    at_ms: int
    value: float


@dataclass(frozen=True)
class Pooled:
    """Of one clip. Every mapping has the names of all signals that any frame had.

    `timeline` is bounded: neighbours are taken together, and the highest of them stands for all. `evidence` are the
    highest moments of each signal, highest first, with what the frame itself had as evidence for it, such as boxes.
    `thumbnails` are the times of the frames to show to a reviewer, ascending: the peaks, and others evenly spread.
    """

    highest: Mapping[str, float]
    top_mean: Mapping[str, float]
    timeline: Mapping[str, tuple[Moment, ...]]
    evidence: tuple[Evidence, ...]
    thumbnails: tuple[int, ...]


@dataclass
class _Frame:
    at_ms: int
    signals: Mapping[str, float]
    evidence: tuple[Evidence, ...]


@dataclass
class Pool:
    """Collects the frames of one clip, in any order. What it gives depends on the frames only, not on their order."""

    media_id: str
    _frames: list[_Frame] = field(default_factory=list)

    def add(self, at_ms: int, signals: Mapping[str, float], evidence: Iterable[Evidence] = ()) -> None:
        """The signals of a frame, in [0, 1], and what the frame shows for them."""
        self._frames.append(_Frame(at_ms, dict(signals), tuple(evidence)))

    def pooled(self) -> Pooled:
        """Of the frames so far."""
        frames = sorted(self._frames, key=lambda frame: (frame.at_ms, sorted(frame.signals.items())))
        names = sorted({name for frame in frames for name in frame.signals})
        moments = {name: _moments(frames, name) for name in names}
        found = {name: peaks(moments[name]) for name in names}
        evidence = (shown for name in names for peak in found[name] for shown in self._shown(frames, name, peak))
        return Pooled(
            {name: max(moment.value for moment in moments[name]) for name in names},
            {name: top_mean([moment.value for moment in moments[name]]) for name in names},
            {name: shortened(moments[name]) for name in names},
            tuple(evidence),
            thumbnails([frame.at_ms for frame in frames], [peak for name in names for peak in found[name]]),
        )

    def _shown(self, frames: Sequence[_Frame], name: str, peak: Moment) -> list[Evidence]:
        stamp = {"media_id": self.media_id, "at_ms": peak.at_ms}
        own = [
            shown.model_copy(update=stamp)
            for frame in frames
            if frame.at_ms == peak.at_ms and frame.signals.get(name) == peak.value
            for shown in frame.evidence
            if shown.signal == name
        ]
        return own or [Evidence(signal=name, value=peak.value, **stamp)]


def top_mean(values: Sequence[float], top: int = TOP) -> float:
    """Mean of the `top` highest; of the highest third, rounded up, where that is fewer. There must be one."""
    highest = sorted(values, reverse=True)[: min(top, -(-len(values) // 3))]
    return sum(highest) / len(highest)


def peaks(moments: Iterable[Moment], most: int = PEAKS) -> list[Moment]:
    """The highest moments that are worth showing, highest first, each `APART_MS` from the others."""
    found: list[Moment] = []
    for moment in sorted(moments, key=lambda moment: (-moment.value, moment.at_ms)):
        if len(found) == most or moment.value < WORTH_SHOWING:
            break
        if all(abs(moment.at_ms - other.at_ms) >= APART_MS for other in found):
            found.append(moment)
    return found


def shortened(moments: Sequence[Moment], most: int = TIMELINE) -> tuple[Moment, ...]:
    """At most so many, in the order of the clip: of neighbours the highest, the earlier of equals."""
    if len(moments) <= most:
        return tuple(moments)
    edges = [len(moments) * part // most for part in range(most + 1)]
    return tuple(max(moments[start:end], key=lambda moment: moment.value) for start, end in pairwise(edges))


def thumbnails(times: Sequence[int], shown: Iterable[Moment], most: int = THUMBNAILS) -> tuple[int, ...]:
    """Times of frames to show, ascending, at most so many: first the highest peaks, then frames evenly spread."""
    chosen: list[int] = []
    spread = times if len(times) <= most else [times[(len(times) - 1) * part // (most - 1)] for part in range(most)]
    by_height = sorted(shown, key=lambda moment: (-moment.value, moment.at_ms))
    for at_ms in (*(moment.at_ms for moment in by_height), *spread):
        if at_ms not in chosen and len(chosen) < most:
            chosen.append(at_ms)
    return tuple(sorted(chosen))


def _moments(frames: Iterable[_Frame], name: str) -> list[Moment]:
    return [Moment(frame.at_ms, frame.signals[name]) for frame in frames if name in frame.signals]
