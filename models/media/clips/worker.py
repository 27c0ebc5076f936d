"""The process that works on clips: `python -m models.media.clips.worker SOCKET MEMORY`.

As shut in as the one that decodes pictures, see `models.media.decoding.worker`: FFmpeg is in its hands, and it can open
neither files nor connections. One clip at a time; its bytes stay in the shared memory while slices are asked for.
"""

import mmap
from collections.abc import Callable
from typing import Any

from models.media.clips import wire
from models.media.clips.limits import ClipLimits
from models.media.clips.reading import Reader
from models.media.decoding.limits import Limits
from models.media.decoding.wanted import Wanted
from models.media.decoding.wire import room
from models.media.decoding.worker import Answer, function, serve

Opens = Callable[[memoryview, Wanted, ClipLimits], Reader]


class Desk:
    """Has one clip open, or none."""

    def __init__(self, opens: Opens) -> None:
        self._opens = opens
        self._reader: Reader | None = None
        self._length = 0

    def answer(self, asked: dict[str, Any], memory: mmap.mmap) -> dict[str, Any]:
        """Do what is asked. Raises `MediaError`."""
        if "open" in asked:
            self._close()
            self._length = asked["open"]
            content = memoryview(memory)[: self._length]
            self._reader = self._opens(content, Wanted.from_json(asked["wanted"]), ClipLimits(**asked["limits"]))
            return wire.info_written(self._reader.info)
        if self._reader is None:
            raise ValueError("no clip is open")
        part = self._reader.slice()
        if part.ended is not None:
            self._close()
        return wire.slice_written(part, room(memory, self._length))

    def _close(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None


def _clips(name: str, limits: Limits) -> Answer:
    return Desk(function(name)).answer


if __name__ == "__main__":
    serve(_clips)
