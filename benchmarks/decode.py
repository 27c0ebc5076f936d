"""JPEGs of 1920 x 1080 to a working picture and a model's input, against the usual way with Pillow."""

import asyncio
import io
import itertools
import time
from collections.abc import Callable

import cv2
import numpy as np
from PIL import Image

from benchmarks.result import Goal, Result, row
from benchmarks.stand import Stand, say
from models.media.decoding import Decoder, Exact, Fit, Limits, Wanted
from models.media.decoding.decode import decode

_GOAL = Goal("at least", 230)
_ROUNDS = 3
_WIDTH, _HEIGHT = 1920, 1080
_WANTED = Wanted({"picture": Fit(1024), "model": Exact(224, 224, "centre", shorter=256)})


def run(stand: Stand) -> Result:
    """Pictures per second and core; the ways take turns, so that a change of the machine meets all alike."""
    count = stand.size(400, 20)
    files = photographs(8)
    ways: dict[str, Callable[[list[bytes]], None]] = {
        "decoded in this process": _in_this_process,
        "Pillow and a processor's resize: the model's input only": _with_pillow,
        "Pillow and a processor's resize: both pictures": _with_pillow_twice,
    }
    rates: dict[str, list[float]] = {name: [] for name in ways}
    isolated: list[float] = []
    taken = list(itertools.islice(itertools.cycle(files), count))
    cv2.setNumThreads(0)
    with Decoder(processes=1) as decoder:
        for number in range(stand.size(_ROUNDS, 1)):
            isolated.append(asyncio.run(_isolated(decoder, taken)))
            for name, way in ways.items():
                rates[name].append(_rate(way, taken))
            say(f"  round {number + 1}: isolated {isolated[-1]:.0f} pictures/s")
    rows = [row("decoded in a process of its own", isolated, "pictures/s", _GOAL)]
    rows += [row(name, values, "pictures/s") for name, values in rates.items()]
    return Result(
        "Decoding 1080p JPEGs, one core",
        rows,
        {"pictures": count, "bytes": [len(content) for content in files], "wanted": _WANTED.to_json()},
    )


def photographs(count: int) -> list[bytes]:
    """JPEGs as large as those of photographs, about 350 KB, of noise at all scales as nature has it."""
    chance = np.random.default_rng(11)
    files = []
    for _ in range(count):
        pixels = np.full((_HEIGHT, _WIDTH, 3), 128.0)
        for octave in range(9):
            scale = 2**octave
            noise = chance.normal(0, 2.4 * scale**0.6, (_HEIGHT // scale + 2, _WIDTH // scale + 2, 3))
            pixels += cv2.resize(noise, (_WIDTH, _HEIGHT), interpolation=cv2.INTER_CUBIC)
        out = io.BytesIO()
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(out, "JPEG", quality=85)
        files.append(out.getvalue())
    return files


async def _isolated(decoder: Decoder, files: list[bytes]) -> float:
    await decoder.decode(files[0], _WANTED)
    began = time.perf_counter()
    await asyncio.gather(*(decoder.decode(content, _WANTED) for content in files))
    return len(files) / (time.perf_counter() - began)


def _rate(way: Callable[[list[bytes]], None], files: list[bytes]) -> float:
    way(files[:1])
    began = time.perf_counter()
    way(files)
    return len(files) / (time.perf_counter() - began)


def _in_this_process(files: list[bytes]) -> None:
    limits = Limits()
    for content in files:
        decode(content, _WANTED, limits)


def _with_pillow(files: list[bytes]) -> None:
    for content in files:
        _processed(Image.open(io.BytesIO(content)).convert("RGB"))


def _with_pillow_twice(files: list[bytes]) -> None:
    for content in files:
        picture = Image.open(io.BytesIO(content)).convert("RGB")
        _processed(picture)
        picture.thumbnail((1024, 1024))
        np.asarray(picture)


def _processed(picture: Image.Image) -> None:
    """Shorter side to 256, the middle 224 x 224: what image processors of vision models do, without their tensors."""
    scale = 256 / min(picture.size)
    size = round(picture.width * scale), round(picture.height * scale)
    left, top = (size[0] - 224) // 2, (size[1] - 224) // 2
    np.asarray(picture.resize(size, Image.Resampling.BILINEAR).crop((left, top, left + 224, top + 224)))
