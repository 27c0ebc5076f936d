"""Sends records and says for certain whether they arrived: `acks=all`, idempotent, every confirmation awaited."""

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from kafka import KafkaProducer
from kafka.errors import BrokerResponseError, KafkaError, MessageSizeTooLargeError
from kafka.partitioner.default import murmur2

from moderation.client.connection import client_options, quiet, require_broker
from moderation.errors import ConfigurationError, DeliveryError, DeliveryTimeout
from moderation.settings import KafkaSettings, TopicName

_IN_FLIGHT = 2_000
_METADATA_TIMEOUT_S = 5.0
_LARGEST = 1_048_576  # just below what the topics of posts and verdicts take


class Delivery(NamedTuple):
    """Where Kafka has put a record."""

    topic: str
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A record to send. Without `partition` the key chooses it; `name` is what errors call it."""

    topic: TopicName
    key: bytes | None
    value: bytes | None
    name: str
    partition: int | None = None
    headers: tuple[tuple[str, bytes], ...] = ()


class Sender:
    """A producer that connects at the first record. May be used by several threads.

    Larger records than `largest` bytes are refused before they are sent: when the broker refuses one, the producer
    gives up on everything that is under way with it.
    """

    def __init__(self, kafka: KafkaSettings, timeout_s: float, largest: int = _LARGEST) -> None:
        self._kafka = kafka
        self._timeout_s = timeout_s
        self._largest = largest
        self._lock = threading.Lock()
        self._producer: Any = None

    def send(self, record: Outgoing) -> Delivery:
        """Returns when Kafka has confirmed. Raises `DeliveryError`, `DeliveryTimeout`, `BrokerUnavailable`."""
        return self._confirmed(record, self._hand_over(record))

    def send_many(self, records: Iterable[Outgoing], delivered: Callable[[Outgoing], None] | None = None) -> int:
        """Send all, many in flight; returns how many. `delivered` is called for each that is confirmed, in order.

        Raises for the first that failed; those after it may or may not have arrived, and may be sent again.
        """
        waiting: deque[tuple[Outgoing, Any]] = deque()
        count = 0

        def confirm() -> None:
            nonlocal count
            record, future = waiting.popleft()
            self._confirmed(record, future)
            count += 1
            if delivered is not None:
                delivered(record)

        for record in records:
            waiting.append((record, self._hand_over(record)))
            while len(waiting) > _IN_FLIGHT or (waiting and waiting[0][1].is_done):
                confirm()
        while waiting:
            confirm()
        return count

    def partition_of(self, topic: TopicName, key: bytes) -> int:
        """The partition that Kafka's default partitioner gives this key."""
        partitions = sorted(self._partitions(self._connected(), self._kafka.topic(topic)))
        return int(partitions[(murmur2(key) & 0x7FFFFFFF) % len(partitions)])

    def close(self) -> None:
        """Wait for what is under way, and disconnect."""
        with self._lock:
            producer, self._producer = self._producer, None
        if producer is not None:
            with contextlib.suppress(KafkaError):  # everything that was promised has been confirmed or raised
                producer.close(timeout=self._timeout_s)

    def _connected(self) -> Any:
        with self._lock:
            if self._producer is None:
                require_broker(self._kafka)
                timeout_ms = int(self._timeout_s * 1000)
                self._producer = KafkaProducer(
                    **client_options(self._kafka),
                    acks="all",
                    enable_idempotence=True,
                    delivery_timeout_ms=timeout_ms,
                    request_timeout_ms=min(30_000, timeout_ms),
                    max_block_ms=timeout_ms,
                    max_request_size=self._largest,
                    batch_size=65_536,
                    allow_auto_create_topics=False,
                )
            return self._producer

    def _hand_over(self, record: Outgoing) -> Any:
        producer = self._connected()
        topic = self._kafka.topic(record.topic)
        partitions = self._partitions(producer, topic)
        if record.partition is not None and record.partition not in partitions:
            raise DeliveryError(
                f"{record.name}: {topic} has no partition {record.partition}, where its post came from; "
                "does it belong to this cluster?"
            )
        try:
            return producer.send(
                topic, value=record.value, key=record.key, headers=list(record.headers), partition=record.partition
            )
        except MessageSizeTooLargeError:
            size = len(record.value or b"")
            raise DeliveryError(
                f"{record.name}: {size:,} bytes are more than the {self._largest:,} that {topic} takes; "
                "send media by reference"
            ) from None
        except KafkaError as error:
            self._give_up()
            raise self._failure(record, error) from error

    def _give_up(self) -> None:
        """Connect anew for the next record: after some errors a producer refuses everything."""
        with self._lock:
            producer, self._producer = self._producer, None
        if producer is not None:
            producer._sender.force_close()  # else it would go on trying, and closing would wait for it
            with contextlib.suppress(KafkaError):
                producer.close(timeout=1)

    def _partitions(self, producer: Any, topic: str) -> set[int]:
        known = producer._metadata.partitions_for_topic(topic)
        if known is None:
            try:
                with quiet():
                    known = producer._wait_on_metadata(topic, min(_METADATA_TIMEOUT_S, self._timeout_s) * 1000)
            except KafkaError as error:
                raise ConfigurationError(
                    f"topic {topic} cannot be found at {self._kafka.bootstrap}; run: moderation topics apply"
                ) from error
        return set(known)

    def _confirmed(self, record: Outgoing, future: Any) -> Delivery:
        try:
            # The producer gives up by itself after delivery_timeout_ms; the margin is for its thread to say so.
            metadata = future.get(timeout=self._timeout_s + 10)
        except KafkaError as error:
            self._give_up()
            raise self._failure(record, error) from error
        return Delivery(metadata.topic, metadata.partition, metadata.offset)

    def _failure(self, record: Outgoing, error: KafkaError) -> DeliveryError:
        where = f"{self._kafka.topic(record.topic)} at {self._kafka.bootstrap}"
        if isinstance(error, BrokerResponseError) and not error.retriable:
            return DeliveryError(f"{record.name}: refused by {where}: {error}")
        return DeliveryTimeout(
            f"{record.name}: not confirmed by {where} within {self._timeout_s:g} s; it may or may not have "
            f"arrived, and may be sent again ({error})"
        )
