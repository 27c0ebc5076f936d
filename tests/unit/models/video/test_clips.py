"""Clips to what is seen in them, over real files and the real decoder."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import numpy as np
import pytest

from models.image.senses import Pictures, Senses
from models.image.sight import Sight
from models.media.clips import ClipDecoder
from models.media.decoding import Fit
from models.media.decoding.wanted import Rendition
from models.video.clips import Clips
from moderation.errors import UndecodableMedia
from moderation.events import Evidence

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def clip(path: Path, shades: Sequence[int], seconds_each: int = 2) -> bytes:
    """Grey, a shade after the other, a keyframe each second."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10, options={"g": "10"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for shade in shades:
            for _ in range(10 * seconds_each):
                pixels = np.full((48, 64, 3), shade, np.uint8)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, "rgb24")))
        container.mux(stream.encode())
    return path.read_bytes()


class Brightness:
    """A sense that gives a signal the brightness of the frame. Counts the frames."""

    wants: Mapping[str, Rendition] = {"small": Fit(32)}

    def __init__(self, signal: str) -> None:
        self.signals = {signal: "brightness@1"}
        self.signal = signal
        self.looked = 0

    async def look(self, frames: Sequence[Pictures]) -> list[Sight]:
        self.looked += len(frames)
        values = [round(float(frame["small"].mean()) / 255, 2) for frame in frames]
        return [
            Sight({self.signal: value}, self.signals, (Evidence(signal=self.signal, value=value),), codes=value > 0.5)
            for value in values
        ]

    async def close(self) -> None: ...


def seen(content: bytes, *, until: datetime | None = None, now: datetime = NOW) -> tuple[Sight, Brightness, Brightness]:
    always, seldom = Brightness("weapon"), Brightness("text.hate")

    async def run() -> Sight:
        clips = Clips(ClipDecoder(at_once=1), Senses([always]), Senses([seldom]), now=lambda: now)
        try:
            return await clips.seen(content, until)
        finally:
            await clips.close()

    return asyncio.run(run()), always, seldom


def test_a_scene_is_found_with_its_time_and_a_harmless_clip_is_not(tmp_path: Path) -> None:
    sight, always, seldom = seen(clip(tmp_path / "a.mp4", [10, 10, 230, 10], seconds_each=4))
    assert sight.signals["weapon"] > 0.8
    assert (sight.seconds, sight.truncated, sight.incomplete) == (pytest.approx(15.9), False, None)
    shown = [each for each in sight.evidence if each.signal == "weapon"]
    assert shown
    assert all(each.at_ms is not None and 7_900 <= each.at_ms < 12_000 for each in shown)
    assert always.looked > seldom.looked >= 1
    harmless, *_ = seen(clip(tmp_path / "b.mp4", [10, 20]))
    assert harmless.signals["weapon"] < 0.1


def test_what_is_found_besides_scores_counts_and_says_when(tmp_path: Path) -> None:
    sight, *_ = seen(clip(tmp_path / "a.mp4", [10, 230]))
    assert sight.codes == 1


def test_past_the_deadline_what_was_seen_so_far_is_given_with_the_reason(tmp_path: Path) -> None:
    long = clip(tmp_path / "a.mp4", [230, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110], seconds_each=6)
    sight, always, _ = seen(long, until=NOW - timedelta(seconds=1))
    assert sight.incomplete == "deadline"
    assert sight.signals["weapon"] > 0.8
    whole, every, _ = seen(long)
    assert (whole.incomplete, every.looked > always.looked) == (None, True)


def test_a_picture_is_no_clip() -> None:
    with pytest.raises(UndecodableMedia) as failure:
        seen(b"\x89PNG\r\n\x1a\n" + bytes(100))
    assert failure.value.reason == "not a video"


def test_a_timeline_says_how_the_scores_run_and_which_frames_to_show(tmp_path: Path) -> None:
    sight, *_ = seen(clip(tmp_path / "a.mp4", [10, 230, 10], seconds_each=4))
    assert sight.timeline is not None
    moments = dict(sight.timeline.scores["weapon"])
    assert max(moments, key=lambda at_ms: moments[at_ms]) in sight.timeline.thumbnails
    assert [at_ms for at_ms, value in moments.items() if value > 0.5] == [at for at in moments if 4_000 <= at < 8_000]
