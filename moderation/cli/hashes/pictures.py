"""Picture files to their hashes, decoded as the image lane decodes them."""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from models.image.banks import PICTURE, PictureHash, hash_of
from models.image.banks.hashing import LEAST_QUALITY
from models.media.decoding import Decoder, Wanted
from moderation.errors import MediaError

_AT_ONCE = 32
_FRAMES = 8


@dataclass(frozen=True, slots=True)
class Hashed:
    """`usable` are the hashes of the frames that have enough in them; `refused` says why there are none."""

    path: Path
    usable: tuple[PictureHash, ...]
    refused: str | None = None


def hashed(paths: Iterable[Path]) -> Iterator[Hashed]:
    """The hashes of every file, and of every file in folders, in order. Names that begin with a dot are left out."""
    files = [file for path in paths for file in _files(path)]
    with Decoder() as decoder:
        for first in range(0, len(files), _AT_ONCE):
            yield from asyncio.run(_hashed(decoder, files[first : first + _AT_ONCE]))


async def _hashed(decoder: Decoder, files: list[Path]) -> list[Hashed]:
    return await asyncio.gather(*(_one(decoder, file) for file in files))


async def _one(decoder: Decoder, file: Path) -> Hashed:
    try:
        content = await asyncio.to_thread(file.read_bytes)
        decoded = await decoder.decode(content, Wanted({"hash": PICTURE}, _FRAMES))
    except MediaError as error:
        return Hashed(file, (), f"{error.reason}: {error}")
    except OSError as error:
        return Hashed(file, (), f"cannot be read: {error.strerror or error}")
    every = [hash_of(frame.pictures["hash"]) for frame in decoded.frames]
    usable = tuple(each for each in every if each.usable)
    if not usable:
        quality = max(each.quality for each in every)
        return Hashed(file, (), f"too flat to be told from others: quality {quality}, {LEAST_QUALITY} is needed")
    return Hashed(file, usable)


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    inside = sorted(path.rglob("*"))
    return [
        file
        for file in inside
        if file.is_file() and not any(part.startswith(".") for part in file.relative_to(path).parts)
    ]
