"""What goes into a stage and comes out of it, without Kafka or Faust: the seam that tests and stages share."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from moderation.settings import TopicName

Headers = tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True)
class Message:
    """One consumed message, as raw bytes. `timestamp` is seconds since the epoch, `source_topic` the full name."""

    topic: TopicName
    source_topic: str
    partition: int
    offset: int
    timestamp: float
    key: bytes | None
    value: bytes | None
    headers: Headers = ()


@dataclass(frozen=True, slots=True)
class Taken:
    """A message and what acknowledges it."""

    message: Message
    acknowledge: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Output:
    """One message to send. The partition is always set: the one that the post came from.

    `origin` is the message it follows from: what the broker refuses becomes a dead letter of that. One that is `last`
    is sent when Kafka has confirmed the others of its batch.
    """

    topic: TopicName
    partition: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    origin: Message | None = None
    last: bool = False


class Stage(Protocol):
    """One step of a post's way: messages in, for each the messages that follow from it."""

    name: str
    reads: tuple[TopicName, ...]

    @property
    def window(self) -> int | None:
        """How many messages it takes at once, at most; None: as many as the settings say."""
        ...

    @property
    def in_flight(self) -> int:
        """How many batches may be under way."""
        ...

    @property
    def slowest_s(self) -> float:
        """How long one post may keep those behind it from being acknowledged, beyond the usual time."""
        ...

    async def process(self, messages: Sequence[Message]) -> list[list[Output]]:
        """For each message, in order, its outputs. Several calls may be under way; what a message contains
        never raises: it becomes an output or a dead letter."""
        ...

    async def ready(self) -> None:
        """Return when it makes sense to take another batch."""
        ...

    def reassigned(self) -> None:
        """Partitions were taken away or given: what is held of one may be out of date."""
        ...

    async def close(self) -> None:
        """Free what the stage holds."""
        ...
