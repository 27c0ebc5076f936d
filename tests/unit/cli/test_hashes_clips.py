"""`moderation hashes` on clips, and what the video lane then says of them."""

import asyncio
import re
import tarfile
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import av
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from models.image.banks import BanksInForce, Matching
from models.image.banks.bank import load
from models.image.senses import Senses
from models.image.sight import Sight
from models.media.clips import ClipDecoder
from models.video.clips import Clips
from moderation.cli.main import command as moderation
from moderation.errors import ModerationError
from tests.unit.models.image.banks.pictures import photograph, written

FPS = 12
SCENE_S = 3
ORIGINAL = (1, 2, 3)
"""Of the photograph that is in front of the camera, scene by scene."""


photographed = cache(photograph)


def scene(photo: int, number: int) -> Image.Image:
    """What the camera sees that moves over the photograph."""
    left = number * 60 // (FPS * SCENE_S)
    return photographed(photo).crop((left, 0, left + 320, 240))


def written_clip(path: Path, frames: Sequence[Image.Image], quality: int = 20) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as out:
        stream: Any = out.add_stream("libx264", rate=FPS, options={"preset": "ultrafast", "crf": str(quality)})
        stream.pix_fmt, stream.gop_size, stream.codec_context.thread_count = "yuv420p", FPS, 1
        stream.width, stream.height = frames[0].size
        for number, picture in enumerate(frames):
            frame = av.VideoFrame.from_image(picture)
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def filmed(path: Path, *photos: int) -> Path:
    return written_clip(path, [scene(photo, number) for photo in photos for number in range(FPS * SCENE_S)])


def copied(path: Path, clip: Path) -> Path:
    """Without the first two seconds, half as wide, in lower quality."""
    with av.open(str(clip)) as source:
        pictures = [frame.to_image() for frame in source.decode(video=0)][2 * FPS :]
    return written_clip(path, [picture.resize((160, 120)) for picture in pictures], quality=35)


def run(*words: object, folder: Path) -> Result:
    return CliRunner().invoke(moderation, ["hashes", *map(str, words), "--banks", str(folder)])


def done(*words: object, folder: Path) -> str:
    result = run(*words, folder=folder)
    assert result.exit_code == 0, result.output
    return result.output


def seen(folder: Path, clip: Path) -> Sight:
    content = clip.read_bytes()

    async def look() -> Sight:
        lane = Clips(
            ClipDecoder(at_once=1), Senses([Matching(BanksInForce(folder))]), Senses([Matching(BanksInForce(None))])
        )
        try:
            return await lane.seen(content, None)
        finally:
            await lane.close()

    return asyncio.run(look())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    done("create", "bad", "--kind", "block", "--category", "hate", folder=tmp_path / "banks")
    return tmp_path / "banks"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filmed(tmp_path_factory.mktemp("clips") / "original.mp4", *ORIGINAL)


def test_a_clip_that_was_encoded_anew_scaled_and_cut_is_known_and_another_is_not(
    folder: Path, original: Path, tmp_path: Path
) -> None:
    added = done("add", "bad", original, "--why", "a march", "--by", "anna", "--source", "ticket 7", folder=folder)
    entries = list(load(folder, "bad").entries())
    assert len(entries) >= len(ORIGINAL)
    for entry, line in zip(entries, added.splitlines(), strict=False):
        assert re.fullmatch(r"ticket 7, original\.mp4 at 0:0\d\.\d\d", entry.source)
        assert line == f"added    {entry.hash}  {original} at {entry.source.split()[-1]}"

    copy, other = copied(tmp_path / "copy.mp4", original), filmed(tmp_path / "other.mp4", 4, 5, 6)
    result = run("test", copy, other, folder=folder)
    assert result.exit_code == 3
    [counts] = re.findall(r"copy.mp4: blocked by bad \(hate\), (\d+) of (\d+) frames\n", result.output)
    matched, looked = map(int, counts)
    assert matched >= looked / 2
    assert re.search(
        r"    at 0:0\d\.\d\d, block bad, distance \d+: .* a march \[ticket 7, original.mp4 at", result.output
    )
    assert f"{other}: no match\n" in result.output

    sight = seen(folder, copy)
    assert (sight.bank, sight.bank_distance <= 31) == ("bad", True)
    shown = [each for each in sight.evidence if each.signal == "bank"]
    assert len(shown) == matched
    assert all(each.at_ms is not None and each.label == "bad: a march (added by anna)" for each in shown)
    assert seen(folder, other).bank == ""


def test_a_picture_in_a_bank_is_known_where_it_stands_in_one_scene_of_a_clip(
    folder: Path, original: Path, tmp_path: Path
) -> None:
    done("add", "bad", written(tmp_path / "poster.png", scene(2, 0)), "--why", "a poster", folder=folder)
    shown = [each for each in seen(folder, original).evidence if each.signal == "bank"]
    assert shown
    assert all(each.at_ms is not None and SCENE_S <= each.at_ms / 1000 <= 2 * SCENE_S for each in shown)


def test_frames_without_content_that_look_alike_or_are_allowed_are_left_out(folder: Path, tmp_path: Path) -> None:
    black, title = Image.new("RGB", (320, 240)), scene(9, 0)
    stills = [black, title, scene(1, 0)]
    clip = written_clip(tmp_path / "clip.mp4", [still for still in stills for _ in range(6 * FPS)])
    done("create", "fine", "--kind", "allow", folder=folder)
    done("add", "fine", written(tmp_path / "title.png", title), "--why", "title of a broadcaster", folder=folder)
    said = done("add", "bad", clip, "--why", "a march", folder=folder)
    assert re.search(rf"^left out [0-9a-f]{{64}}  {clip} at 0:0\d\.\d\d: allowed by fine$", said, re.MULTILINE)
    assert "bad: 1 added" in said
    [entry] = load(folder, "bad").entries()
    assert re.search(r"at 0:1[2-7]\.", entry.source)

    flat = written_clip(tmp_path / "flat.mp4", [black] * FPS)
    result = run("add", "bad", flat, "--why", "a march", folder=folder)
    assert result.exit_code == 1
    assert f"refused  {flat}: too flat to be told from others: quality 0, 50 is needed" in result.output


def test_a_clip_takes_out_what_it_brought_in_and_a_copy_of_it_does_not(
    folder: Path, original: Path, tmp_path: Path
) -> None:
    done("add", "bad", original, "--hash", "ab" * 32, "--why", "a march", folder=folder)
    copy = copied(tmp_path / "copy.mp4", original)
    result = run("remove", "bad", copy, folder=folder)
    assert isinstance(result.exception, ModerationError)
    assert re.search(r"bad has no frame of .*copy.mp4; the nearest is \d+ bits away: ", str(result.exception))
    done("remove", "bad", original, folder=folder)
    assert [entry.hash for entry in load(folder, "bad").entries()] == ["ab" * 32]


def test_what_begins_as_a_clip_and_is_none_is_refused(folder: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"\x00\x00\x00\x18ftypmp42" + bytes(500))
    result = run("add", "bad", broken, "--why", "a march", folder=folder)
    assert result.exit_code == 1
    assert re.search(rf"refused  {broken}: \w.+: ", result.output)


FAMILY = "pattern-sd-"
"""One film with three bars below it: grey, with a small logo, with a large one."""


def samples(request: pytest.FixtureRequest, folder: Path) -> Iterator[Path]:
    data: Path | None = request.config.getoption("--data")
    if data is None:
        original = filmed(folder / f"{FAMILY}original.mp4", *ORIGINAL)
        yield from (original, copied(folder / f"{FAMILY}copy.mp4", original), filmed(folder / "other.mp4", 4, 5))
        return
    with tarfile.open(data / "images" / "threatexchange-fixtures.tar.xz") as files:
        for member in files:
            if member.name.endswith(".mp4") and (file := files.extractfile(member)) is not None:
                path = folder / Path(member.name).name
                path.write_bytes(file.read())
                yield path


def test_clips_of_a_family_know_each_other_and_no_others(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    clips = list(samples(request, tmp_path))
    assert len(clips) >= 3
    for number, clip in enumerate(clips):
        banks = tmp_path / f"banks-{number}"
        done("create", "one", "--kind", "block", "--reason", "seen", folder=banks)
        done("add", "one", clip, "--why", "seen before", folder=banks)
        output = run("test", *clips, folder=banks).output
        found = {name: f"{of}/{all_}" for name, of, all_ in re.findall(r"(\S+): blocked by .*, (\d+) of (\d+)", output)}
        print(f"{clip.name}: { ({Path(name).name: count for name, count in found.items()}) }")
        family = [own for own in clips if own.name.startswith(FAMILY)] if clip.name.startswith(FAMILY) else [clip]
        assert set(found) == set(map(str, family))
