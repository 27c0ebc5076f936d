"""The policies topic as a worker reads it: all there is, then what comes."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaConnectionError, KafkaError

from moderation.errors import BrokerUnavailable, ModerationError
from moderation.release import PARTITION
from moderation.settings import KafkaSettings
from streams.security import aiokafka_options

_POLL_MS = 1_000


class Published(NamedTuple):
    """One record of the topic."""

    key: bytes | None
    value: bytes | None
    offset: int


class Feed(Protocol):
    """Records of the topic, in their order."""

    async def start(self) -> Sequence[Published]:
        """All that stand there now."""
        ...

    async def more(self) -> Sequence[Published]:
        """Those that came since; waits for some."""
        ...

    async def stop(self) -> None:
        """Read no more."""
        ...


class PoliciesTopic:
    """A `Feed` with a consumer of its own. Use it in one event loop."""

    def __init__(self, kafka: KafkaSettings) -> None:
        self._kafka = kafka
        self._place = TopicPartition(kafka.topic("policies"), PARTITION)
        self._consumer: Any = None

    async def start(self) -> Sequence[Published]:
        """See `Feed.start`. Raises `BrokerUnavailable`, `ModerationError`."""
        self._consumer = AIOKafkaConsumer(
            **aiokafka_options(self._kafka), enable_auto_commit=False, auto_offset_reset="earliest"
        )
        found: list[Published] = []
        try:
            await self._consumer.start()
            self._consumer.assign([self._place])
            await self._consumer.seek_to_beginning(self._place)
            end = (await self._consumer.end_offsets([self._place]))[self._place]
            while await self._consumer.position(self._place) < end:
                found += await self._poll()
        except KafkaConnectionError as error:
            raise BrokerUnavailable(f"no Kafka broker answers at {self._kafka.bootstrap}: {error}") from error
        except KafkaError as error:
            raise self._failure(error) from error
        return found

    async def more(self) -> Sequence[Published]:
        """See `Feed.more`. Raises `ModerationError`."""
        try:
            while not (found := await self._poll()):
                pass
        except KafkaError as error:
            raise self._failure(error) from error
        return found

    async def stop(self) -> None:
        """See `Feed.stop`."""
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await consumer.stop()

    async def _poll(self) -> list[Published]:
        batches = await self._consumer.getmany(timeout_ms=_POLL_MS)
        return [Published(own.key, own.value, own.offset) for batch in batches.values() for own in batch]

    def _failure(self, error: KafkaError) -> ModerationError:
        return ModerationError(f"topic {self._place.topic} cannot be read: {error}")
