"""What the broker says of a group's offsets, asked with a client of its own: for the watchdog's thread."""

from collections.abc import Callable, Iterable
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from moderation.client import client_options
from moderation.settings import KafkaSettings
from streams.watchdog import Place

POLL_MS = 2_000


class BrokerOffsets:
    """`Offsets` of one consumer group. Connects when first asked; use it in one thread."""

    def __init__(self, kafka: KafkaSettings, group: str, assigned: Callable[[], Iterable[Place]]) -> None:
        self._kafka = kafka
        self._group = group
        self._assigned = assigned
        self._client: Any = None

    def committed(self) -> dict[Place, int]:
        """See `Offsets.committed`."""
        places = {place: self._consumer().committed(TopicPartition(*place)) for place in self._assigned()}
        return {place: offset for place, offset in places.items() if offset is not None}

    def has_record(self, place: Place, offset: int | None) -> bool:
        """See `Offsets.has_record`."""
        consumer, partition = self._consumer(), TopicPartition(*place)
        if offset is not None and consumer.end_offsets([partition])[partition] <= offset:
            return False
        consumer.assign([partition])
        if offset is None:
            consumer.seek_to_beginning(partition)
        else:
            consumer.seek(partition, offset)
        try:
            return bool(consumer.poll(timeout_ms=POLL_MS, max_records=1))
        finally:
            consumer.unsubscribe()

    def _consumer(self) -> Any:
        if self._client is None:
            self._client = KafkaConsumer(
                **client_options(self._kafka),
                group_id=self._group,
                enable_auto_commit=False,
                fetch_max_bytes=1,
            )
        return self._client
