"""What sees pictures: one decode, and every sense on it."""

import asyncio
from dataclasses import replace
from datetime import datetime

from models.image.senses import Senses
from models.image.sight import Sight, explained, stamped, together, unprinted
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
            sights = await self._senses.look([frame.pictures for frame in decoded.frames])
        if len(sights) == 1:
            return explained(sights[0])
        whole = together(sights)
        # Of a score the frame that has it is shown, of all else every frame.
        shown = [_of_frame(sight, whole, frame.at_ms) for sight, frame in zip(sights, decoded.frames, strict=True)]
        return replace(whole, evidence=together(shown).evidence)

    async def close(self) -> None:
        """See `Sees.close`."""
        await asyncio.to_thread(self._decoder.close)
        await self._senses.close()


def _of_frame(sight: Sight, whole: Sight, at_ms: int) -> Sight:
    """With evidence of those scores only that are the picture's."""
    own = explained(unprinted(sight))
    lower = {name for name, value in sight.signals.items() if value < whole.signals[name]}
    return stamped(replace(own, evidence=tuple(each for each in own.evidence if each.signal not in lower)), at_ms)
