"""Picture and clip files to their hashes, decoded as the lanes decode them."""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from models.image.banks import PICTURE, PictureHash, hash_of
from models.image.banks.hashing import LEAST_QUALITY
from models.media.clips import ClipDecoder
from models.media.decoding import Decoder, Wanted
from models.media.decoding.decoder import cores
from moderation.cli.hashes.clips import ClipFrame, frames_of, is_clip
from moderation.errors import MediaError

_AT_ONCE = 32
_FRAMES = 8


@dataclass(frozen=True, slots=True)
class Hashed:
    """`usable` are the hashes of the frames that have enough in them; `refused` says why there are none.

    `frames` are those of a clip, as many as `usable`; a picture has none.
    """

    path: Path
    usable: tuple[PictureHash, ...]
    refused: str | None = None
    frames: tuple[ClipFrame, ...] = ()


def hashed(paths: Iterable[Path]) -> Iterator[Hashed]:
    """The hashes of every file, and of every file in folders, in order. Names that begin with a dot are left out."""
    files = [file for path in paths for file in _files(path)]
    # One loop for all: a decoder of clips belongs to the loop that it was used in first.
    with Decoder() as decoder, ClipDecoder() as clips, asyncio.Runner() as runner:
        hashing = _Hashing(decoder, clips)
        for first in range(0, len(files), _AT_ONCE):
            yield from runner.run(hashing.every(files[first : first + _AT_ONCE]))


class _Hashing:
    def __init__(self, decoder: Decoder, clips: ClipDecoder) -> None:
        self._decoder = decoder
        self._clips = clips
        self._clips_at_once = asyncio.Semaphore(cores())  # each is held in memory whole

    async def every(self, files: list[Path]) -> list[Hashed]:
        return await asyncio.gather(*map(self._one, files))

    async def _one(self, file: Path) -> Hashed:
        try:
            if await asyncio.to_thread(is_clip, file):
                async with self._clips_at_once:
                    return _of_clip(file, await frames_of(self._clips, file))
            content = await asyncio.to_thread(file.read_bytes)
            decoded = await self._decoder.decode(content, Wanted({"hash": PICTURE}, _FRAMES))
        except MediaError as error:
            return Hashed(file, (), f"{error.reason}: {error}")
        except OSError as error:
            return Hashed(file, (), f"cannot be read: {error.strerror or error}")
        every = [hash_of(frame.pictures["hash"]) for frame in decoded.frames]
        usable = tuple(each for each in every if each.usable)
        return Hashed(file, usable) if usable else Hashed(file, (), _flat(every))


def _of_clip(file: Path, every: list[ClipFrame]) -> Hashed:
    usable = tuple(frame for frame in every if frame.hash.usable)
    if not usable:
        return Hashed(file, (), _flat([frame.hash for frame in every]))
    return Hashed(file, tuple(frame.hash for frame in usable), frames=usable)


def _flat(every: list[PictureHash]) -> str:
    quality = max((each.quality for each in every), default=0)
    return f"too flat to be told from others: quality {quality}, {LEAST_QUALITY} is needed"


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    inside = sorted(path.rglob("*"))
    return [
        file
        for file in inside
        if file.is_file() and not any(part.startswith(".") for part in file.relative_to(path).parts)
    ]
