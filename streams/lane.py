"""What the stages of all lanes share: a message is read, its record scored, the record sent on."""

from collections.abc import Sequence

from moderation.errors import InvalidEvent
from moderation.events import Scored
from moderation.lane import Lane
from streams.dead import letter_for_invalid
from streams.messages import Message, Output
from streams.observer import Observer
from streams.routing import onward
from streams.topology import READS


class LaneStage:
    """The topic of a lane -> scored, and the next lane's topic where the post needs another. What reads differs."""

    window: int | None = None
    in_flight = 4
    slowest_s = 0.0

    def __init__(self, lane: Lane, observer: Observer | None = None) -> None:
        self.name: str = lane.name
        self.reads = READS[lane.name]
        self._lane = lane
        self._observer = observer or Observer()

    def _read(self, message: Message) -> Scored:
        """The record of a message. Raises `InvalidEvent`."""
        raise NotImplementedError

    async def process(self, messages: Sequence[Message]) -> list[list[Output]]:
        """See `Stage.process`."""
        outputs: list[list[Output]] = [[] for _ in messages]
        places: list[int] = []
        records: list[Scored] = []
        for place, message in enumerate(messages):
            try:
                records.append(self._read(message))
                places.append(place)
            except InvalidEvent as error:
                outputs[place] = [letter_for_invalid(message, self.name, error)]
        scored = await self._lane.score(records)
        self._observer.scored(self._lane.name, scored)
        for place, record in zip(places, scored, strict=True):
            outputs[place] = onward(record, messages[place])
        return outputs

    async def ready(self) -> None:
        """See `Stage.ready`."""
        await self._lane.ready()

    def reassigned(self) -> None:
        """See `Stage.reassigned`: nothing is held of a partition."""

    async def close(self) -> None:
        """See `Stage.close`."""
        await self._lane.close()
