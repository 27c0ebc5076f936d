"""What looks at decoded pictures: each sense sees one kind of thing, and all look at the same decode."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Protocol

from models.image.sight import Sight, together
from models.media.decoding.decoded import Pixels
from models.media.decoding.wanted import Rendition, Wanted

Pictures = Mapping[str, Pixels]
"""The renditions of one frame, by name."""


class Sense(Protocol):
    """One kind of thing to see."""

    @property
    def wants(self) -> Mapping[str, Rendition]:
        """The renditions that it looks at, by name: the same name is the same rendition for all senses."""
        ...

    @property
    def signals(self) -> Mapping[str, str]:
        """Every signal that it gives, without the lane, and the model behind it."""
        ...

    async def look(self, frames: Sequence[Pictures]) -> list[Sight]:
        """What is seen in each frame, in order. Raises `ModelError` where a model fails on one."""
        ...

    async def close(self) -> None:
        """End what it runs on, after the calls under way."""
        ...


class Senses:
    """Several senses as one."""

    def __init__(self, senses: Sequence[Sense]) -> None:
        self._senses = tuple(senses)

    def wanted(self, frames: int) -> Wanted:
        """What a decoder must give for them: always the same pictures, so that scores can be reproduced."""
        return Wanted({name: rendition for sense in self._senses for name, rendition in sense.wants.items()}, frames)

    @property
    def signals(self) -> dict[str, str]:
        """Signal, without the lane, to the model behind it."""
        return {name: model for sense in self._senses for name, model in sense.signals.items()}

    async def look(self, frames: Sequence[Pictures]) -> list[Sight]:
        """What all of them see in each frame. Raises `ModelError`."""
        seen = await asyncio.gather(*(sense.look(frames) for sense in self._senses))
        return [together(of_frame) for of_frame in zip(*seen, strict=True)]

    async def close(self) -> None:
        """End them all."""
        for sense in self._senses:
            await sense.close()
