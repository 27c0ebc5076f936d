"""What a worker tells of its work while it goes on: metrics hook in here, and tests."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from moderation.deciding import Effects
from moderation.events import LaneName, Scored
from moderation.release import InForce
from streams.messages import Output, Taken

if TYPE_CHECKING:
    from streams.pump import Pump


class Observer:
    """Is told of each step; the default does nothing. Told in the event loop, so what is done here must be short.

    What is done again, after a crash of the stage or of the worker, is told again.
    """

    def began(self, pump: "Pump", in_force: Callable[[], InForce]) -> None:
        """The worker is set up, nothing is read yet. `in_force` may be asked from any thread."""

    def taken(self, batch: Sequence[Taken]) -> None:
        """Before any work on the batch."""

    def scored(self, lane: LaneName, records: Sequence[Scored]) -> None:
        """The lane has added its results."""

    def concluded(self, effects: Sequence[Effects]) -> None:
        """The policy stage knows what follows from its records and verdicts."""

    def processed(self, batch: Sequence[Taken]) -> None:
        """The stage is done, nothing is sent."""

    def sending(self, outputs: Sequence[Output]) -> None:
        """Outputs are about to be handed to Kafka."""

    def decided(self, batch: Sequence[Taken]) -> None:
        """Kafka has confirmed every output but those that are sent last."""

    def delivered(self, batch: Sequence[Taken]) -> None:
        """Kafka has confirmed every output, nothing is acknowledged."""

    def acknowledged(self, batch: Sequence[Taken]) -> None:
        """Every message is acknowledged; the offsets are not committed yet."""


class Both(Observer):
    """Tells two observers, one after the other."""

    def __init__(self, first: Observer, second: Observer) -> None:
        for step in [name for name in vars(Observer) if not name.startswith("_")]:
            setattr(self, step, _in_turn(getattr(first, step), getattr(second, step)))


def _in_turn(first: Callable[..., None], second: Callable[..., None]) -> Callable[..., None]:
    def told(*what: object) -> None:
        first(*what)
        second(*what)

    return told
