"""The sense of hash banks: whether a picture, or a frame of a clip, is known already."""

import asyncio
from collections.abc import Mapping, Sequence

import numpy as np

from models.image.banks.banks import Match
from models.image.banks.hashing import PICTURE, hash_of, installed
from models.image.banks.watch import BanksInForce
from models.image.senses import Pictures
from models.image.sight import NOTHING, Sight, together
from models.media.decoding.wanted import Rendition
from moderation.events import Evidence
from moderation.prints import of_hash

_RENDITION = "hash"
_LONGEST = 300  # of a label: people write anything into a file


class Matching:
    """`Sense` of the banks in force. Frames that are too flat to have a hash match nothing."""

    def __init__(self, in_force: BanksInForce, *, prints: bool = False) -> None:
        """With `prints` the hash of each frame is evidence, too, where hashes can be computed."""
        self.in_force = in_force
        self._prints = prints and installed()

    @property
    def wants(self) -> Mapping[str, Rendition]:
        """See `Sense.wants`."""
        return {_RENDITION: PICTURE}

    @property
    def signals(self) -> Mapping[str, str]:
        """See `Sense.signals`: a match is an attribute, not a score."""
        return {}

    async def look(self, frames: Sequence[Pictures]) -> list[Sight]:
        """See `Sense.look`. In a thread: a hash takes milliseconds."""
        if not self._prints and not len(self.in_force.banks):
            return [NOTHING] * len(frames)
        return await asyncio.to_thread(self._look, frames)

    async def close(self) -> None:
        """See `Sense.close`: nothing runs."""

    def _look(self, frames: Sequence[Pictures]) -> list[Sight]:
        hashes = [hash_of(frame[_RENDITION]) for frame in frames]
        usable = [place for place, each in enumerate(hashes) if each.usable]
        sights = [NOTHING] * len(frames)
        if self._prints:
            for place in usable:
                own = of_hash(hashes[place].text, hashes[place].quality)
                sights[place] = Sight(evidence=(own,))
        if usable and len(self.in_force.banks):
            matches = self.in_force.banks.match(np.stack([hashes[place].variants for place in usable]))
            for place, match in zip(usable, matches, strict=True):
                if match is not None and match.blocks:
                    sights[place] = together([_sight(match), sights[place]])
        return sights


def _sight(match: Match) -> Sight:
    label = f"{match.bank}: {match.entry.why} (added by {match.entry.by})"[:_LONGEST]
    evidence = Evidence(signal="bank", value=match.distance, label=label)
    return Sight(bank=match.bank, bank_distance=match.distance, evidence=(evidence,))
