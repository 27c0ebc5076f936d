"""A clip of 720p to the frames that are looked at, against `cv2.VideoCapture` reading the same frames."""

import asyncio
import io
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from benchmarks.result import Goal, Result, row
from benchmarks.stand import Stand, say
from models.media.clips import ClipDecoder
from models.media.decoding import Exact, Fit, Wanted

_GOAL = Goal("at least", 80)
_ROUNDS = 3
_WIDTH, _HEIGHT, _FPS = 1280, 720, 30
_KEYFRAMES_EVERY = 60
_BITS_PER_S = 2_500_000
_GRAIN = 8.0
_WANTED = Wanted({"picture": Fit(1024), "model": Exact(224, 224, "centre", shorter=256)})


def run(stand: Stand) -> Result:
    """Multiples of real time on one core; the ways take turns, so that a change of the machine meets all alike."""
    seconds = stand.size(60, 3)
    content = _clip(seconds)
    cv2.setNumThreads(0)
    with tempfile.NamedTemporaryFile(suffix=".mp4") as file, ClipDecoder(at_once=1) as decoder:
        file.write(content)
        file.flush()
        times = asyncio.run(_read(decoder, content))
        ways: dict[str, Callable[[], None]] = {
            "ClipDecoder, in a process of its own": lambda: _isolated(decoder, content),
            "cv2.VideoCapture, every frame decoded": partial(_grabbed, Path(file.name), times),
            "cv2.VideoCapture, sought": partial(_sought, Path(file.name), times),
        }
        found: dict[str, list[float]] = {name: [] for name in ways}
        for number in range(stand.size(_ROUNDS, 1)):
            for name, way in ways.items():
                began = time.perf_counter()
                way()
                found[name].append(seconds / (time.perf_counter() - began))
            say(f"  round {number + 1}: " + ", ".join(f"{values[-1]:.0f}" for values in found.values()))
    ours, *others = found.items()
    rows = [row(ours[0], ours[1], "x real time", _GOAL)]
    rows += [row(name, values, "x real time") for name, values in others]
    return Result(
        "Clips of 720p at 30 frames per second, one core",
        rows,
        {"seconds": seconds, "bytes": len(content), "frames given": len(times), "wanted": _WANTED.to_json()},
    )


def _clip(seconds: int) -> bytes:
    """A view that moves over noise at all scales, as nature has it; H.264 with a keyframe every two seconds.

    With the grain of a small camera: without it frames between keyframes cost next to nothing, and a keyframe gets 57
    times the bytes of another frame. In the clips of telephones that we have it is 6 to 9 times, here 14.
    """
    chance = np.random.default_rng(11)
    height, width = _HEIGHT + 200, _WIDTH + 400
    ground = np.full((height, width, 3), 128.0)
    for octave in range(2, 9):
        scale = 2**octave
        noise = chance.normal(0, 2.4 * scale**0.6, (height // scale + 2, width // scale + 2, 3))
        ground += cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
    ground = ground.clip(0, 255)
    grains = [chance.normal(0, _GRAIN, (_HEIGHT, _WIDTH, 1)) for _ in range(8)]
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as out:
        video: Any = out.add_stream("libx264", rate=_FPS, options={"preset": "veryfast"})
        video.width, video.height, video.pix_fmt = _WIDTH, _HEIGHT, "yuv420p"
        video.gop_size, video.bit_rate = _KEYFRAMES_EVERY, _BITS_PER_S
        for number in range(seconds * _FPS):
            left, top = round(200 + 199 * np.sin(number / 60)), round(100 + 99 * np.cos(number / 47))
            view = ground[top : top + _HEIGHT, left : left + _WIDTH] + grains[number % len(grains)]
            frame = av.VideoFrame.from_ndarray(view.clip(0, 255).astype(np.uint8), format="rgb24")
            frame.pts = number
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
    return file.getvalue()


async def _read(decoder: ClipDecoder, content: bytes) -> list[int]:
    async with decoder.clip(content, _WANTED) as clip:
        return [frame.at_ms async for part in clip.slices() for frame in part.frames]


def _isolated(decoder: ClipDecoder, content: bytes) -> None:
    asyncio.run(_read(decoder, content))


def _grabbed(path: Path, times: list[int]) -> None:
    """Frame by frame, converting those that are looked at."""
    capture = _opened(path)
    wanted = {round(at_ms * _FPS / 1000) for at_ms in times}
    for number in range(max(wanted) + 1):
        capture.grab()
        if number in wanted:
            _processed(capture.retrieve()[1])


def _sought(path: Path, times: list[int]) -> None:
    capture = _opened(path)
    for at_ms in times:
        capture.set(cv2.CAP_PROP_POS_FRAMES, round(at_ms * _FPS / 1000))
        _processed(capture.read()[1])


def _opened(path: Path) -> cv2.VideoCapture:
    return cv2.VideoCapture(str(path), cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])


def _processed(frame: Any) -> None:
    """The same two pictures."""
    picture = cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)
    cv2.resize(picture, (1024, 576), interpolation=cv2.INTER_AREA)
    small = cv2.resize(picture, (455, 256), interpolation=cv2.INTER_AREA)
    np.ascontiguousarray(small[16:240, 115:339])
