"""A clip to its frames, slice by slice. Runs inside a decoding process: see `ClipDecoder`."""

from collections import deque
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from typing import Any

from models.media.clips.choosing import Chooser, Thumbnail
from models.media.clips.containers import container_of
from models.media.clips.info import ClipInfo, Slice
from models.media.clips.limits import ClipLimits
from models.media.clips.pixels import Easel
from models.media.clips.plan import Run, plan
from models.media.clips.source import Source, reading
from models.media.clips.survey import Clock, Ended, Survey, surveyed
from models.media.decoding.decoded import Frame
from models.media.decoding.wanted import Wanted
from moderation.errors import UndecodableMedia

_HEAD_BYTES = 4096
_SHORT_MS = 1_000
_SHORT_PART = 0.02
"""A clip that ends this much before the length its header states is said to break off."""


@dataclass
class _Held:
    """The latest decoded frame, until it is known whether another follows."""

    at_ms: int
    frame: Any
    thumbnail: Thumbnail
    given: bool


class Reader:
    """Reads one clip, front to back."""

    def __init__(self, content: memoryview, wanted: Wanted, limits: ClipLimits) -> None:
        """Opens and lists it, and decodes its first frame. Raises `MediaError`."""
        container = container_of(bytes(content[:_HEAD_BYTES]))
        source = Source(content, container, limits)
        self._survey = _survey(source, limits)
        source.close()
        # A second reading from the start, rather than seeking: how exactly a container seeks depends on its index.
        self._source = Source(content, container, limits)
        context = self._source.context
        self._pixels = max(context.width * context.height, 1)
        self._plan = plan(self._survey, limits, self._pixels)
        self._chooser = Chooser(limits, self._survey.length_ms, self._plan.spacing_ms)
        self._easel = Easel(wanted, context.sample_aspect_ratio)
        self._wanted, self._limits = wanted, limits
        self._held: _Held | None = None
        self._size = 0, 0
        self._damaged = self._is_over = False
        self._between = 0
        self._steps = self._given()
        self._first = next((step for step in self._steps if step is not None), None)
        if self._first is None:
            raise UndecodableMedia(
                f"{container}: no frame of the clip can be decoded",
                "truncated" if self._survey.ended == "truncated" else "damaged",
            )
        self.info = ClipInfo(
            container, source.codec, *self._size, self._survey.length_ms, source.has_audio, source.videos
        )

    def slice(self) -> Slice:
        """The next frames; not to be called again after the last. Raises `DecoderFailed`."""
        frames = [] if self._first is None else [self._first]
        self._first = None
        work = 0
        while len(frames) < self._wanted.frames and work < self._limits.slice_pixels:
            try:
                step = next(self._steps)
            except StopIteration:
                return Slice(tuple(frames), self._ended())
            if step is None:
                work += self._pixels
            else:
                frames.append(step)
        return Slice(tuple(frames))

    def close(self) -> None:
        """Give back what FFmpeg holds."""
        self._steps.close()
        self._source.close()

    def _ended(self) -> Ended:
        if self._damaged or self._survey.ended == "truncated":
            return "truncated"
        if not self._plan.complete or self._is_over or self._chooser.has_refused:
            return "limits"
        return self._survey.ended

    def _given(self) -> Generator[Frame | None, None, None]:
        """The frames to give, and None for every packet that was decoded."""
        packets = enumerate(self._source.packets())
        for run in self._plan.runs:
            yield from self._run(run, packets)
        if self._held is not None and not self._held.given:
            yield from self._pictures(self._held)

    def _run(self, run: Run, packets: Iterator[tuple[int, Any]]) -> Iterator[Frame | None]:
        self._source.context.skip_frame = "NONREF" if run.quick and run.last > run.first else "DEFAULT"
        targets = deque(run.targets)
        for number, packet in packets:
            if number < run.first:
                continue
            if number > run.first:
                self._between += self._pixels
                if self._between > self._limits.gap_pixels + self._limits.scene_pixels:
                    self._is_over = True  # frames are larger than the header said when all was planned
                    break
            packet.pts = packet.dts = number  # comes back with the frame, whatever the file says of its time
            yield from self._seen(packet, run, targets)
            yield None
            if number >= run.last:
                break
        yield from self._seen(None, run, targets)
        self._source.context.flush_buffers()
        held = self._held
        if targets and held is not None and not held.given:
            held.given = self._chooser.wants(held.at_ms, held.thumbnail, key=False, due=True)
            if held.given:
                yield from self._pictures(held)

    def _seen(self, packet: Any, run: Run, targets: deque[int]) -> Iterator[Frame]:
        """Decode a packet, or what is left where there is none, and give what is worth it.

        What is damaged costs its frame, and perhaps those that refer to it.
        """
        try:
            with reading(self._source.container):
                frames = self._source.context.decode(packet)
        except UndecodableMedia:
            self._damaged = True
            return
        for frame in frames:
            try:
                with reading(self._source.container):
                    held = self._looked(frame, run, targets)
            except UndecodableMedia:
                self._damaged = True
                continue
            if held.given:
                yield from self._pictures(held)

    def _looked(self, frame: Any, run: Run, targets: deque[int]) -> _Held:
        number = run.first if frame.pts is None else min(max(frame.pts, 0), len(self._survey.packets) - 1)
        at_ms = max(self._survey.packets[number].at_ms, self._held.at_ms if self._held else 0)
        due = bool(targets) and at_ms >= targets[0]
        while targets and at_ms >= targets[0]:
            targets.popleft()
        thumbnail = self._easel.thumbnail(frame)
        self._pixels = max(self._pixels, frame.width * frame.height)
        self._size = self._size if any(self._size) else self._easel.size(frame)
        given = self._chooser.wants(at_ms, thumbnail, key=number == run.first, due=due)
        self._held = _Held(at_ms, frame, thumbnail, given)
        return self._held

    def _pictures(self, held: _Held) -> Iterator[Frame]:
        """Of one frame; none where its colours are not understood."""
        try:
            with reading(self._source.container):
                frame = self._easel.frame(held.at_ms, held.frame)
        except UndecodableMedia:
            self._damaged = True
        else:
            yield frame


def _survey(source: Source, limits: ClipLimits) -> Survey:
    survey = surveyed(source.packets(), Clock(source.time_base, source.step_ms), limits)
    breaks_off = source.is_broken or source.is_cut_short or _is_short(survey.length_ms, source.declared_ms)
    if survey.ended == "complete" and breaks_off:
        return replace(survey, ended="truncated")
    return survey


def _is_short(length_ms: int, declared_ms: float | None) -> bool:
    return declared_ms is not None and declared_ms - length_ms > _SHORT_MS + _SHORT_PART * declared_ms
