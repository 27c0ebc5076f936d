"""What workers before this one remembered, read from the `state` and `counts` topics."""

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from typing import Any, Literal, NamedTuple, Protocol

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from moderation.settings import KafkaSettings
from moderation.state import Change
from streams.security import aiokafka_options

log = logging.getLogger(__name__)

_TOPICS: tuple[Literal["state", "counts"], ...] = ("state", "counts")
_POLL_MS = 1_000
_FETCH_BYTES = 8 * 1024 * 1024
_AGAIN_S = 1.0


class Counted(NamedTuple):
    """What a partition's worker has written to `counts`."""

    partition: int
    change: Change


class Remembered(Protocol):
    """What is remembered, outside of the process."""

    async def read(self, partitions: Collection[int]) -> dict[int, list[Change]]:
        """All that stands under these partitions, in its order."""
        ...

    def counts(self) -> AsyncIterator[Sequence[Counted]]:
        """The counts of all partitions: first, in one go, all that stand there, then what comes."""
        ...


class Memories:
    """`Remembered` on Kafka. Use it in one event loop."""

    def __init__(self, kafka: KafkaSettings) -> None:
        self._kafka = kafka

    async def read(self, partitions: Collection[int]) -> dict[int, list[Change]]:
        """See `Remembered.read`. Tries again, without an end, while Kafka does not answer."""
        while True:
            try:
                return await self._read(partitions)
            except (KafkaError, OSError) as error:
                log.warning("what is remembered cannot be read, trying again: %s", error)
                await asyncio.sleep(_AGAIN_S)

    async def counts(self) -> AsyncIterator[Sequence[Counted]]:
        """See `Remembered.counts`."""
        async with self._consumer(self._kafka.topic("counts")) as consumer:
            yield [Counted(place.partition, change) async for place, change in self._all(consumer)]
            while True:
                found = await consumer.getmany(timeout_ms=_POLL_MS)
                yield [
                    Counted(place.partition, _change("counts", own)) for place, batch in found.items() for own in batch
                ]

    async def _read(self, partitions: Collection[int]) -> dict[int, list[Change]]:
        found: dict[int, list[Change]] = {partition: [] for partition in partitions}
        places = [TopicPartition(self._kafka.topic(topic), own) for topic in _TOPICS for own in sorted(partitions)]
        async with self._consumer() as consumer:
            consumer.assign(places)
            async for place, change in self._all(consumer):
                found[place.partition].append(change)
        return found

    async def _all(self, consumer: Any) -> AsyncIterator[tuple[TopicPartition, Change]]:
        """Everything that stands now where the consumer reads."""
        places = consumer.assignment()
        names = {self._kafka.topic(topic): topic for topic in _TOPICS}
        await consumer.seek_to_beginning(*places)
        ends = await consumer.end_offsets(places)
        left = set(places)
        while left := {place for place in left if await consumer.position(place) < ends[place]}:
            for place, batch in (await consumer.getmany(*left, timeout_ms=_POLL_MS)).items():
                for own in batch:
                    yield place, _change(names[place.topic], own)

    @asynccontextmanager
    async def _consumer(self, *topics: str) -> AsyncIterator[Any]:
        consumer = AIOKafkaConsumer(
            *topics,
            **aiokafka_options(self._kafka),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=_FETCH_BYTES,
        )
        try:
            await consumer.start()
            yield consumer
        finally:
            await consumer.stop()


def _change(topic: Literal["state", "counts"], record: Any) -> Change:
    return Change(topic, record.key or b"", record.value)
