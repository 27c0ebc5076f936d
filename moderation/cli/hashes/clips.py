"""Clip files to the hashes of their frames: those that the video lane looks at."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.image.banks import PICTURE, PictureHash, hash_of
from models.media.clips import ClipDecoder
from models.media.clips.containers import container_of
from models.media.decoding import Wanted
from models.media.decoding.formats import format_of
from models.video.clips import FRAMES
from moderation.errors import MediaTooLarge, UndecodableMedia

_HEAD_BYTES = 4_096
_SAME = 8
"""Bits. So near each other are frames of a scene in which nothing moves: a bank needs one of them."""


@dataclass(frozen=True, slots=True)
class ClipFrame:
    """`at_ms` counts from the first frame of the clip."""

    at_ms: int
    hash: PictureHash

    @property
    def at(self) -> str:
        """For people: minutes, seconds and hundredths."""
        minutes, ms = divmod(self.at_ms, 60_000)
        return f"{minutes}:{ms // 1000:02}.{ms % 1000 // 10:02}"


def is_clip(file: Path) -> bool:
    """Whether a file begins as a clip does. Raises `OSError`."""
    with file.open("rb") as opened:
        head = opened.read(_HEAD_BYTES)
    try:
        format_of(head)
    except UndecodableMedia:
        try:
            return bool(container_of(head))
        except UndecodableMedia:
            pass
    return False


async def frames_of(decoder: ClipDecoder, file: Path) -> list[ClipFrame]:
    """Every frame that the video lane would look at, flat ones, too. Raises `MediaError` and `OSError`."""
    content = await asyncio.to_thread(_read, file, decoder.limits.content_bytes)
    async with decoder.clip(content, Wanted({"hash": PICTURE}, FRAMES)) as clip:
        return [
            ClipFrame(frame.at_ms, hash_of(frame.pictures["hash"]))
            async for part in clip.slices()
            for frame in part.frames
        ]


def _read(file: Path, most: int) -> bytes:
    size = file.stat().st_size
    if size > most:
        raise MediaTooLarge(f"{size:,} bytes; {most:,} are allowed")
    return file.read_bytes()


def distinct(frames: tuple[ClipFrame, ...]) -> list[ClipFrame]:
    """Without those that look like one before."""
    kept: list[ClipFrame] = []
    for frame in frames:
        digest = frame.hash.variants[0]
        if all(np.bitwise_count(digest ^ other.hash.variants[0]).sum() > _SAME for other in kept):
            kept.append(frame)
    return kept
