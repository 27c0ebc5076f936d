"""Small clips that the tests make: coloured ramps over which a white square moves, with another scene after a cut."""

import io
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from functools import cache
from typing import Any

import av
import numpy as np
from av.stream import Disposition

from models.media.decoding.decoded import Pixels

FPS = 25
WIDTH, HEIGHT = 160, 120

_QUICK = {
    "libx264": {"preset": "ultrafast", "sc_threshold": "0"},
    "libx265": {"preset": "ultrafast", "x265-params": "log-level=none:pools=none:frame-threads=1"},
    "libsvtav1": {"preset": "12"},
    "libvpx": {"deadline": "realtime", "cpu-used": "8"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8"},
}


def scene(number: int, other: bool = False, width: int = WIDTH, height: int = HEIGHT) -> Pixels:
    """Frame `number`, or the same of the other scene."""
    down, across = np.mgrid[0:height, 0:width]
    picture = np.zeros((height, width, 3), np.uint8)
    picture[..., 0] = 255 - down * 255 // height if other else across * 255 // width
    picture[..., 1] = across // 16 % 2 * 255 if other else down * 255 // height
    picture[..., 2] = 190 if other else 40
    left = number * 2 % (width - 20)
    picture[height // 2 : height // 2 + 20, left : left + 20] = 255
    return picture


@cache
def clip(
    container: str = "mp4",
    codec: str = "libx264",
    frames: int = 50,
    *,
    pixel_format: str = "yuv420p",
    size: tuple[int, int] = (WIDTH, HEIGHT),
    keyframes_every: int = 25,
    cuts: tuple[int, ...] = (),
    options: tuple[tuple[str, str], ...] = (),
    container_options: tuple[tuple[str, str], ...] = (),
    audio: str | None = None,
    times: tuple[int, ...] | None = None,
    is_cover: bool = False,
) -> bytes:
    """A clip; `times` are those of its frames in units of 1/`FPS` s."""

    def made() -> bytes:
        return _encoded(
            container, codec, frames, pixel_format, size, keyframes_every, cuts, options, container_options, audio,
            times, is_cover,
        )  # fmt: skip

    # SVT-AV1 gives the thread that calls it, where root does, real-time priority over all else on the machine, and
    # every process that is started from there inherits it: so it gets a thread that ends.
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(made).result()


def _encoded(
    container: str,
    codec: str,
    frames: int,
    pixel_format: str,
    size: tuple[int, int],
    keyframes_every: int,
    cuts: tuple[int, ...],
    options: tuple[tuple[str, str], ...],
    container_options: tuple[tuple[str, str], ...],
    audio: str | None,
    times: tuple[int, ...] | None,
    is_cover: bool,
) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format=container, container_options=dict(container_options)) as out:
        video: Any = out.add_stream(codec, rate=FPS, options=_QUICK.get(codec, {}) | dict(options))
        video.width, video.height = size
        video.pix_fmt = pixel_format
        video.gop_size = keyframes_every
        video.codec_context.thread_count = 1
        if is_cover:
            video.disposition = Disposition.attached_pic
        sound: Any = out.add_stream(audio, rate=44_100) if audio else None
        for number in range(frames):
            other = sum(number >= cut for cut in cuts) % 2 == 1
            frame = av.VideoFrame.from_ndarray(scene(number, other, *size), format="rgb24")
            frame.pts = times[number] if times else number
            frame.time_base = Fraction(1, FPS)
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
        if sound is not None:
            for packet in _silence(sound):
                out.mux(packet)
    return file.getvalue()


def _silence(sound: Any) -> Iterable[Any]:
    for number in range(40):
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate, frame.pts = 44_100, number * 1024
        yield from sound.encode(frame)
    yield from sound.encode(None)


EVERY_KIND: tuple[tuple[str, str, str], ...] = (
    ("mp4", "libx264", "yuv420p"),
    ("mp4", "libx265", "yuv420p"),
    ("mp4", "libsvtav1", "yuv420p"),
    ("mp4", "mpeg4", "yuv420p"),
    ("mov", "libx264", "yuv420p"),
    ("mov", "mjpeg", "yuvj420p"),
    ("mov", "prores_ks", "yuv422p10le"),
    ("mov", "svq1", "yuv410p"),
    ("ismv", "libx264", "yuv420p"),
    ("matroska", "libx264", "yuv420p"),
    ("matroska", "libvpx-vp9", "yuv420p"),
    ("webm", "libvpx", "yuv420p"),
    ("webm", "libvpx-vp9", "yuv420p"),
    ("webm", "libsvtav1", "yuv420p"),
    ("avi", "mpeg4", "yuv420p"),
    ("avi", "mjpeg", "yuvj420p"),
    ("avi", "msmpeg4", "yuv420p"),
    ("avi", "msmpeg4v2", "yuv420p"),
    ("avi", "libx264", "yuv420p"),
    ("flv", "flv", "yuv420p"),
    ("flv", "libx264", "yuv420p"),
    ("mpegts", "libx264", "yuv420p"),
    ("mpegts", "mpeg2video", "yuv420p"),
    ("mpeg", "mpeg1video", "yuv420p"),
    ("vob", "mpeg2video", "yuv420p"),
    ("asf", "wmv1", "yuv420p"),
    ("asf", "wmv2", "yuv420p"),
    ("asf", "msmpeg4", "yuv420p"),
    ("3gp", "mpeg4", "yuv420p"),
    ("3gp", "libx264", "yuv420p"),
    ("ogg", "libvpx", "yuv420p"),
)
