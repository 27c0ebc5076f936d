"""What a lane is: the seam between the models and whatever carries posts to them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from moderation.events import LaneName, Scored


class Lane(Protocol):
    """One lane. It adds its part to records and knows nothing of topics."""

    name: LaneName

    async def score(self, records: Sequence[Scored]) -> list[Scored]:
        """The same records in the same order, each with this lane's result, signals and attributes added.

        Never raises for what a post contains or a model does: that record's result is `failed` with a reason.
        May be called again while an earlier call is under way, so that one batch is prepared while the other runs.
        """
        ...

    async def ready(self) -> None:
        """Return when another batch can start at once: calling `score` earlier only lengthens a queue."""
        ...

    async def close(self) -> None:
        """Free threads and devices; calls under way end first."""
        ...


class InTurn:
    """Several lanes as one, in the order a post visits them. All but the first are made when a post needs them."""

    name: LaneName

    def __init__(self, first: Lane, others: Mapping[LaneName, Callable[[], Lane]]) -> None:
        self.name = first.name
        self._first = first
        self._make = others
        self._made: dict[LaneName, Lane] = {}

    async def score(self, records: Sequence[Scored]) -> list[Scored]:
        """See `Lane.score`. A lane that is not among them stays pending."""
        found = await self._first.score(records)
        for name in self._make:
            places = [place for place, record in enumerate(found) if name in record.lanes_in("pending")]
            if places:
                if name not in self._made:
                    self._made[name] = self._make[name]()
                scored = await self._made[name].score([found[place] for place in places])
                for place, record in zip(places, scored, strict=True):
                    found[place] = record
        return found

    async def ready(self) -> None:
        """See `Lane.ready`."""
        for lane in (self._first, *self._made.values()):
            await lane.ready()

    async def close(self) -> None:
        """See `Lane.close`."""
        for lane in (self._first, *self._made.values()):
            await lane.close()
