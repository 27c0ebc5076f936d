"""The stages of pictures and clips: take a record that needs their lane, have it looked at, send it on."""

from collections.abc import Sequence
from datetime import timedelta

from pydantic import ValidationError

from moderation.errors import InvalidEvent
from moderation.events import Scored
from moderation.lane import Lane
from moderation.settings import TopicName
from streams.dead import letter_for_invalid
from streams.messages import Message, Output
from streams.observer import Observer
from streams.routing import TOPIC_OF, onward

_FOR_EVER = timedelta(minutes=30)
"""Longer than the limits of fetching and of clips together let one item take."""


class MediaStage:
    """images or videos -> scored, and the next lane's topic where the post needs another."""

    def __init__(self, lane: Lane, deadline: timedelta | None, observer: Observer | None = None) -> None:
        """`deadline` is how long after its time a post may still be looked at; None: as long as it takes."""
        self.slowest_s = (deadline or _FOR_EVER).total_seconds()
        """How long one post may keep those behind it from being acknowledged."""
        self.name: str = lane.name
        self.reads: tuple[TopicName, ...] = (TOPIC_OF[lane.name],)
        self._lane = lane
        self._observer = observer or Observer()

    async def process(self, messages: Sequence[Message]) -> list[list[Output]]:
        """See `Stage.process`."""
        outputs: list[list[Output]] = [[] for _ in messages]
        places: list[int] = []
        records: list[Scored] = []
        for place, message in enumerate(messages):
            try:
                records.append(Scored.model_validate_json(message.value or b""))
                places.append(place)
            except ValidationError as error:
                problem = error.errors(include_url=False, include_input=False)[0]
                where = ".".join(map(str, problem["loc"])) or "value"
                invalid = InvalidEvent(f"not a valid record: {where}: {problem['msg']}")
                outputs[place] = [letter_for_invalid(message, self.name, invalid)]
        scored = await self._lane.score(records)
        self._observer.scored(self._lane.name, scored)
        for place, record in zip(places, scored, strict=True):
            outputs[place] = onward(record, messages[place])
        return outputs

    async def ready(self) -> None:
        """See `Stage.ready`."""
        await self._lane.ready()

    async def close(self) -> None:
        """See `Stage.close`."""
        await self._lane.close()

    def reassigned(self) -> None:
        """See `Stage.reassigned`: nothing is remembered of partitions."""
