"""Posts with a 1080p JPEG through the image lane, against Pillow and a Hugging Face image processor.

Both read the same files from a folder and feed the same ONNX file; the whole lane, which also looks for known pictures,
text, codes and faces, stands beside them. What the processor does to a picture is the least that it can: the model
takes bytes, so that it neither rescales nor normalises.
"""

import asyncio
import json
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.decode import photographs
from benchmarks.machine import ROOT
from benchmarks.processes import BenchmarkError
from benchmarks.result import Goal, Result, Row, row
from benchmarks.stand import Stand, say
from models import manifest
from models.image.banks import BanksInForce
from models.image.factory import classifiers, image_lane, looking
from models.image.pictures import Pictures
from models.image.senses import Senses
from models.media.decoding import Decoder
from models.media.lane import MediaLane
from models.runtime.sessions import cores
from moderation.events import LaneResult, Media, Post, Scored, Source
from moderation.settings import Settings

_ROUNDS = 3
_PER_BATCH = 4
"""As the worker takes them."""

_LIMIT_S = 600
_MODEL = "image-weapons"
_OURS = "image lane: fetched, decoded, scored"
_ALL = "the same with text, codes, faces and known pictures"
_CONTENDERS: dict[str, tuple[list[str], Goal | None]] = {
    "Pillow and an image processor": ([], Goal("at least", 4.0)),
    "the same, batches of 8": (["--batch-size", "8"], Goal("at least", 4.0)),
    "the same, a process for each core": (["--processes", str(cores())], None),
}


def run(stand: Stand) -> Result:
    """All once in every round; ratios are taken within the round."""
    folder = stand.folder / "pictures"
    settings = Settings(provider="cpu", image_model=_MODEL, media_root=folder, cache_pictures=0)
    records = _posts(folder, stand.size(400, 16))
    few = records[: stand.size(60, 4)]
    rates: dict[str, list[float]] = {name: [] for name in (_OURS, _ALL, *_CONTENDERS)}
    apart: dict[str, float] = {}
    for number in range(stand.size(_ROUNDS, 1)):
        rate, ours = asyncio.run(_lane(settings, records, whole=False))
        rates[_OURS].append(rate)
        rates[_ALL].append(asyncio.run(_lane(settings, few, whole=True))[0])
        for name, (options, _) in _CONTENDERS.items():
            rate, theirs = _contender(stand, folder, len(records), options)
            rates[name].append(rate)
            apart[name] = max(abs(value - ours[file]) for file, value in theirs.items())
        say(f"  round {number + 1}: " + ", ".join(f"{own[-1]:.1f}" for own in rates.values()) + " pictures/s")
    rows = [row(_OURS, rates[_OURS], "pictures/s"), row(_ALL, rates[_ALL], "pictures/s")]
    for name, (_, goal) in _CONTENDERS.items():
        rows += _rows(name, rates[_OURS], rates[name], goal, apart[name])
    details = {
        "model": _MODEL,
        "pictures": len(records),
        "bytes": sum(path.stat().st_size for path in folder.iterdir()),
        "rates": rates,
        "largest_difference_of_scores": apart,
    }
    return Result("Pictures of 1080p, against other ways", rows, details)


def _rows(name: str, ours: list[float], theirs: list[float], goal: Goal | None, apart: float) -> list[Row]:
    ratios = [own / other for own, other in zip(ours, theirs, strict=True)]
    note = f"scores differ from ours by at most {apart:.2g}: pictures are shrunk in another way"
    return [row(name, theirs, "pictures/s", note=note), row(f"ours / {name}", ratios, "ratio", goal)]


def _posts(folder: Path, count: int) -> list[Scored]:
    """Posts with one picture each. No two files are alike, because the lane looks at identical ones once."""
    folder.mkdir()
    drawn = photographs(min(count, 8))
    records = []
    for number in range(count):
        content = drawn[number % len(drawn)]
        comment = b"\xff\xfe\x00\x06" + number.to_bytes(4)
        (folder / f"{number}.jpg").write_bytes(content[:2] + comment + content[2:])
        media = (Media(media_id=f"{number}.jpg", kind="image", url=f"file:{number}.jpg"),)
        source = Source(topic="posts", partition=0, offset=number, time=datetime.now(UTC))
        lanes = {"text": LaneResult(state="nothing_to_score"), "image": LaneResult(state="pending")}
        records.append(
            Scored.model_validate({"post": Post(post_id=str(number), media=media), "source": source, "lanes": lanes})
        )
    return records


async def _lane(settings: Settings, records: list[Scored], whole: bool) -> tuple[float, dict[str, float]]:
    """Pictures per second, and the score of each file. As many batches under way as the lane is ready for."""
    lane = image_lane(settings) if whole else _scoring_lane(settings)
    try:
        await lane.score(records[:_PER_BATCH])  # processes are started
        began = time.perf_counter()
        under_way = []
        for start in range(0, len(records), _PER_BATCH):
            await lane.ready()
            under_way.append(asyncio.create_task(lane.score(records[start : start + _PER_BATCH])))
        done = [record for batch in under_way for record in await batch]
        took_s = time.perf_counter() - began
    finally:
        await lane.close()
    for record in done:
        if (result := record.lanes["image"]).state != "scored":
            raise BenchmarkError(f"a picture was not scored but {result.state} ({result.reason}): nothing was measured")
    return len(done) / took_s, {record.post.media[0].media_id: record.signals["image.weapon"] for record in done}


def _scoring_lane(settings: Settings) -> MediaLane:
    """The lane with its picture model alone, which is what the others have."""
    pictures = Pictures(Decoder(), Senses(classifiers(settings)), 2 * cores())
    return MediaLane("image", looking(settings, pictures, BanksInForce(None)))


def _contender(stand: Stand, folder: Path, count: int, options: list[str]) -> tuple[float, dict[str, float]]:
    command = [str(stand.bench_python), "-m", "benchmarks.against.image_processor", "--pictures", str(folder)]
    command += ["--model", str(manifest.find(_MODEL)), *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=_LIMIT_S, check=False)
    if done.returncode:
        raise BenchmarkError(f"the image processor ended with exit code {done.returncode}:\n{done.stderr[-2000:]}")
    found = json.loads(done.stdout)
    if len(found["scores"]) != count:
        raise BenchmarkError(f"the image processor scored {len(found['scores'])} of {count} pictures")
    return count / found["seconds"], found["scores"]
