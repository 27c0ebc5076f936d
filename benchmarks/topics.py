"""The topics of one measurement: made, filled, and read back with the times at which Kafka stored each record."""

import time
from collections.abc import Iterator, Sequence
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition

from benchmarks.processes import BenchmarkError, Child
from moderation.client import client_options
from moderation.settings import KafkaSettings, TopicName
from streams.admin import configuration
from streams.topology import TOPICS

PARTITIONS = 4
_POLL_S = 0.5
_OUTPUTS: tuple[TopicName, ...] = ("scored", "decisions")

Ends = dict[int, int]
"""Partition -> offset after the last record."""


class Topics:
    """A set of topics of its own under `prefix`.

    Outputs are stamped by the broker when it stores them (`LogAppendTime`): a contender's own clock or habit of
    passing timestamps on does not count.
    """

    def __init__(self, bootstrap: str, prefix: str) -> None:
        self.kafka = KafkaSettings(bootstrap=bootstrap, topic_prefix=prefix, group_prefix=prefix, partitions=PARTITIONS)
        self._options = client_options(self.kafka)
        wanted = {
            self.kafka.topic(name): self._topic(configuration(topic, self.kafka), stamped=name in _OUTPUTS)
            for name, topic in TOPICS.items()
        }
        self._create(wanted)

    def add(self, name: str) -> str:
        """One more output topic; its full name."""
        full = f"{self.kafka.topic_prefix}.{name}"
        self._create({full: self._topic({}, stamped=True)})
        return full

    def name(self, topic: TopicName) -> str:
        """The full name of one of our topics."""
        return self.kafka.topic(topic)

    def fill(self, values: Sequence[bytes]) -> None:
        """Put the posts on the posts topic, in turn on each partition. Returns when Kafka has stored all."""
        producer = KafkaProducer(acks="all", linger_ms=20, **self._options)
        topic = self.name("posts")
        try:
            sent = [producer.send(topic, value, partition=at % PARTITIONS) for at, value in enumerate(values)]
            producer.flush()
            for future in sent:
                future.get(timeout=60)
        finally:
            producer.close()

    def ends(self, topic: str) -> Ends:
        """Where each partition ends now."""
        with _Reader(self._options) as consumer:
            return _ends(consumer, topic)

    def wait(self, topic: str, since: Ends, count: int, children: Sequence[Child], timeout_s: float) -> bool:
        """Until `count` records have come since; False after `timeout_s`. Raises when a child dies meanwhile."""
        deadline = time.monotonic() + timeout_s
        with _Reader(self._options) as consumer:
            while _number(_ends(consumer, topic), since) < count:
                for child in children:
                    child.check()
                if time.monotonic() > deadline:
                    return False
                time.sleep(_POLL_S)
        return True

    def records(self, topic: str, since: Ends | None = None) -> Iterator[Any]:
        """Every record from `since`, or the first, up to the present end; kafka-python's, unparsed."""
        with _Reader(self._options) as consumer:
            ends = _ends(consumer, topic)
            places = {TopicPartition(topic, partition): end for partition, end in ends.items()}
            consumer.assign(list(places))
            for place in places:
                consumer.seek(place, (since or {}).get(place.partition, 0))
            while any(consumer.position(place) < end for place, end in places.items()):
                for batch in consumer.poll(timeout_ms=1000, max_records=5000).values():
                    yield from batch

    def times(self, topic: str, since: Ends) -> list[float]:
        """When each record since was stored, in seconds since the epoch."""
        return [record.timestamp / 1000 for record in self.records(topic, since)]

    def refuse_dead_letters(self) -> None:
        """Raise `BenchmarkError` when a post has become one: then less work was done than is counted."""
        number = _number(self.ends(self.name("dead-letters")), {})
        if number:
            raise BenchmarkError(f"{number} records became dead letters: `moderation dead-letters list` says why")

    def _topic(self, configs: dict[str, str], stamped: bool) -> dict[str, Any]:
        extra = {"message.timestamp.type": "LogAppendTime"} if stamped else {}
        return {"num_partitions": PARTITIONS, "replication_factor": 1, "configs": {**configs, **extra}}

    def _create(self, topics: dict[str, dict[str, Any]]) -> None:
        admin = KafkaAdminClient(**self._options)
        try:
            admin.create_topics(topics, wait_for_metadata=True)
        finally:
            admin.close()


class _Reader:
    """A consumer outside any group, closed at the end of the block."""

    def __init__(self, options: dict[str, Any]) -> None:
        self._consumer = KafkaConsumer(group_id=None, enable_auto_commit=False, max_poll_records=5000, **options)

    def __enter__(self) -> Any:
        return self._consumer

    def __exit__(self, *_: object) -> None:
        self._consumer.close()


def _ends(consumer: Any, topic: str) -> Ends:
    places = [TopicPartition(topic, partition) for partition in range(PARTITIONS)]
    return {place.partition: end for place, end in consumer.end_offsets(places).items()}


def _number(ends: Ends, since: Ends) -> int:
    return sum(end - since.get(partition, 0) for partition, end in ends.items())
