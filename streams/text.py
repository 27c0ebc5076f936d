"""The text stage: where every post enters. Decodes it, has the text lane score it, sends the record on."""

from collections.abc import Sequence
from datetime import UTC, datetime

from moderation.errors import InvalidEvent
from moderation.events import Scored, Source
from moderation.intake import read_post
from moderation.lane import Lane
from moderation.settings import TopicName
from streams.dead import letter_for_invalid
from streams.messages import Message, Output
from streams.observer import Observer
from streams.routing import onward


class TextStage:
    """posts -> scored, and the next lane's topic where the post has media."""

    name = "text"
    reads: tuple[TopicName, ...] = ("posts",)

    def __init__(self, lane: Lane, max_post_bytes: int, observer: Observer | None = None) -> None:
        self._lane = lane
        self._observer = observer or Observer()
        self._max_post_bytes = max_post_bytes

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
        """Nothing is held of a partition."""

    async def close(self) -> None:
        """See `Stage.close`."""
        await self._lane.close()

    def _read(self, message: Message) -> Scored:
        source = Source(
            topic=message.source_topic,
            partition=message.partition,
            offset=message.offset,
            time=datetime.fromtimestamp(message.timestamp, UTC),
        )
        return read_post(message.value, source, self._max_post_bytes)
