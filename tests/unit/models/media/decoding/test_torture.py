"""All of a folder of odd, broken and hostile files: `pytest --data FOLDER`, with `images/torture.tar.xz` in it.

Without `--data`, over a generated equivalent: every format here, whole, cut at many places and with bytes changed.
"""

import asyncio
import random
import tarfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.media.decoding import Decoded, Decoder, Exact, Fit, Wanted
from moderation.errors import MediaError
from tests.unit.models.media.decoding.pictures import EVERY_FORMAT

WANTED = Wanted({"picture": Fit(1024), "model": Exact(224, 224)})
TYPED = {"empty", "not an image", "unsupported format", "too large", "truncated", "damaged", "decoder memory"}


def generated() -> Iterator[tuple[str, bytes]]:
    chance = random.Random(5)
    for name, content in EVERY_FORMAT.items():
        yield name, content
        for eighths in range(8):
            yield f"{name}, {eighths}/8", content[: len(content) * eighths // 8]
            spoilt = bytearray(content)
            for _ in range(eighths):
                spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
            yield f"{name}, {eighths} bytes changed", bytes(spoilt)


def archived(archive: Path) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(archive) as files:
        for member in files:
            if (file := files.extractfile(member)) is not None:
                yield member.name, file.read()


def test_every_file_is_a_picture_or_a_typed_failure_and_none_takes_its_process_along(
    decoder: Decoder, request: pytest.FixtureRequest
) -> None:
    folder: Path | None = request.config.getoption("--data")
    files = list(archived(folder / "images" / "torture.tar.xz") if folder else generated())

    async def outcome(name: str, content: bytes) -> tuple[str, str]:
        try:
            decoded = await decoder.decode(content, WANTED)
        except MediaError as error:
            return name, error.reason
        return name, well_formed(decoded)

    async def outcomes() -> list[tuple[str, str]]:
        return await asyncio.gather(*(outcome(name, content) for name, content in files))

    found = asyncio.run(outcomes())
    counts = Counter(what for _, what in found)
    print(*sorted(counts.items()), sep="\n")
    unexpected = [(name, what) for name, what in found if what not in TYPED | {"decoded", "decoded in part"}]
    assert not unexpected
    assert counts["decoded"] >= len(EVERY_FORMAT)
    assert counts["decoded in part"] > 10


def well_formed(decoded: Decoded) -> str:
    """How much was decoded, once it is seen that all that was wanted is there."""
    assert 1 <= len(decoded.frames) <= WANTED.frames
    assert [frame.at_ms for frame in decoded.frames] == sorted(frame.at_ms for frame in decoded.frames)
    for frame in decoded.frames:
        assert frame.pictures["model"].shape == (224, 224, 3)
        assert max(frame.pictures["picture"].shape) <= 1024
    return "decoded in part" if decoded.truncated else "decoded"
