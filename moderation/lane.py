"""What a lane is: the seam between the models and whatever carries posts to them."""

from collections.abc import Sequence
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
