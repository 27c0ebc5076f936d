"""What sees pictures: one decode, and every sense on it."""

import asyncio
from datetime import datetime

from models.image.senses import Senses
from models.image.sight import Sight, together
from models.media.decoding import Decoder

FRAMES = 4
"""Of an animated picture: the first, the one shown longest, the last, and one between."""


class Pictures:
    """`models.media.looking.Sees` of pictures, `at_once` of them side by side at most."""

    def __init__(self, decoder: Decoder, senses: Senses, at_once: int) -> None:
        self._decoder = decoder
        self._senses = senses
        self._wanted = senses.wanted(FRAMES)
        self._slots = asyncio.Semaphore(at_once)

    async def seen(self, content: bytes, until: datetime | None) -> Sight:
        """See `Sees.seen`. Of an animation, all frames together."""
        async with self._slots:
            decoded = await self._decoder.decode(content, self._wanted)
            return together(await self._senses.look([frame.pictures for frame in decoded.frames]))

    async def close(self) -> None:
        """See `Sees.close`."""
        await asyncio.to_thread(self._decoder.close)
        await self._senses.close()
