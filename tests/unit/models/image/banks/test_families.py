"""Families of near-duplicates: `pytest --data FOLDER`, with `images/threatexchange-fixtures.tar.xz` in it.

Without `--data`, over a generated equivalent. One picture is in a bank; the others are matched against it as files,
through the decoder.
"""

import asyncio
import tarfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from models.image.banks import PICTURE, Banks, Match, PictureHash, hash_of
from models.image.banks.hashing import FARTHEST
from models.media.decoding import Decoder, Wanted
from tests.unit.models.image.banks.entries import bank
from tests.unit.models.image.banks.pictures import NEAR, TURNED, jpeg, photograph

ORIGINAL = "pdq/data/bridge-mods/aaa-orig.jpg"
MEMBERS = ("bridge-mods/", "/dih/bridge-", "resources/sample-b.jpg")
BEYOND = ("letterboxed_sample-b.jpg",)
"""The same picture with broad black bars around it: PDQ hashes the whole, and sees another."""


def generated() -> Iterator[tuple[str, bytes]]:
    picture = photograph(1)
    yield ORIGINAL, jpeg(picture)
    for name, change in NEAR.items():
        yield f"pdq/data/bridge-mods/{name}.jpg", jpeg(change(picture))
    for name, turn in TURNED.items():
        yield f"reg-test-input/dih/bridge-{name}.jpg", jpeg(picture.transpose(turn))
    barred = picture.resize((200, 150))
    canvas = picture.point(lambda _: 0)
    canvas.paste(barred, (100, 75))
    yield "letterboxed_sample-b.jpg", jpeg(canvas)
    for seed in range(2, 12):
        yield f"others/{seed}.jpg", jpeg(photograph(seed))


def archived(archive: Path) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(archive) as files:
        for member in files:
            if member.name.endswith((".jpg", ".jpeg", ".png")) and (file := files.extractfile(member)) is not None:
                yield member.name, file.read()


def hashes(files: list[tuple[str, bytes]]) -> dict[str, PictureHash]:
    async def one(decoder: Decoder, content: bytes) -> PictureHash:
        decoded = await decoder.decode(content, Wanted({"hash": PICTURE}, 1))
        return hash_of(decoded.frames[0].pictures["hash"])

    async def every(decoder: Decoder) -> list[PictureHash]:
        return await asyncio.gather(*(one(decoder, content) for _, content in files))

    with Decoder(processes=1) as decoder:
        return dict(zip((name for name, _ in files), asyncio.run(every(decoder)), strict=True))


def test_every_near_duplicate_matches_and_no_other_picture_does(request: pytest.FixtureRequest) -> None:
    folder: Path | None = request.config.getoption("--data")
    archive = folder / "images" / "threatexchange-fixtures.tar.xz" if folder else None
    found = hashes(list(archived(archive) if archive else generated()))
    [original] = [picture for name, picture in found.items() if name.endswith(ORIGINAL)]
    banks = Banks([bank("bridges", original.variants[:1])])
    matches: dict[str, Match | None] = dict(
        zip(found, banks.match(np.stack([picture.variants for picture in found.values()])), strict=True)
    )
    for name, match in matches.items():
        print(f"{name}: {f'{match.distance} bits, {match.turn}' if match else 'no match'}")
    members = {name for name in found if any(part in name for part in MEMBERS) and not name.endswith(BEYOND)}
    assert len(members) > 15
    assert {name for name, match in matches.items() if match is not None} == members
    assert all(match.distance <= FARTHEST for match in matches.values() if match is not None)
    others = [picture.variants[0] for name, picture in found.items() if name not in members]
    assert len(others) >= 4
    assert np.bitwise_count(original.variants[0] ^ np.stack(others)).sum(axis=1).min() > 2 * FARTHEST
