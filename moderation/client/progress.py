"""How far consumer groups have come: what waits for them, and until when everything that was written is done."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from moderation.client.connection import client_options, require_broker
from moderation.errors import BrokerUnavailable
from moderation.settings import KafkaSettings, TopicName


class Progress:
    """Looks at the places of consumer groups, whichever processes are in them. Not for several threads.

    `lag` is topic -> records that are still to come. What was written on the topics until `horizon` is done: None as
    long as that is not known.
    """

    def __init__(self, kafka: KafkaSettings, groups: Mapping[TopicName, str]) -> None:
        """Raises `BrokerUnavailable`."""
        require_broker(kafka)
        self.lag: dict[TopicName, int] = {}
        self.horizon: datetime | None = None
        self._kafka = kafka
        self._consumers: dict[TopicName, Any] = {
            topic: KafkaConsumer(
                **client_options(kafka), group_id=group, enable_auto_commit=False
            )
            for topic, group in groups.items()
        }  # fmt: skip
        self._next: tuple[datetime, dict[TopicPartition, int]] | None = None

    def look(self) -> None:
        """Look once more. Raises `BrokerUnavailable`."""
        now = datetime.now(UTC)
        ends: dict[TopicPartition, int] = {}
        places: dict[TopicPartition, int] = {}
        try:
            for topic, consumer in self._consumers.items():
                name = self._kafka.topic(topic)
                partitions = [TopicPartition(name, number) for number in consumer.partitions_for_topic(name) or ()]
                found = consumer.end_offsets(partitions)
                begin = consumer.beginning_offsets(partitions)
                for partition in partitions:
                    place = consumer.committed(partition)
                    places[partition] = begin[partition] if place is None else place
                self.lag[topic] = sum(max(0, found[own] - places[own]) for own in partitions)
                ends |= found
        except KafkaError as error:
            raise BrokerUnavailable(
                f"Kafka at {self._kafka.bootstrap} does not say how far its readers are: {error}"
            ) from error
        if self._next is not None and all(places.get(own, 0) >= end for own, end in self._next[1].items()):
            self.horizon, self._next = self._next[0], None
        if self._next is None:
            self._next = (now, ends)
            if ends and all(places[own] >= end for own, end in ends.items()):
                self.horizon = now

    def close(self) -> None:
        """Disconnect."""
        for consumer in self._consumers.values():
            consumer.close(autocommit=False, timeout_ms=2_000)
