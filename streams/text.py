"""The text stage: where every post enters. Decodes it, has the text lane score it, sends the record on."""

from datetime import UTC, datetime

from moderation.events import Scored, Source
from moderation.intake import read_post
from moderation.lane import Lane
from streams.lane import LaneStage
from streams.messages import Message
from streams.observer import Observer


class TextStage(LaneStage):
    """posts -> scored, and the next lane's topic where the post has media."""

    def __init__(self, lane: Lane, max_post_bytes: int, observer: Observer | None = None) -> None:
        super().__init__(lane, observer)
        self._max_post_bytes = max_post_bytes

    def _read(self, message: Message) -> Scored:
        source = Source(
            topic=message.source_topic,
            partition=message.partition,
            offset=message.offset,
            time=datetime.fromtimestamp(message.timestamp, UTC),
        )
        return read_post(message.value, source, self._max_post_bytes)
