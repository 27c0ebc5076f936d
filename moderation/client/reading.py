"""Reads a topic; with a group, a record counts as done when the caller comes back for the next.

One by one as an iterator, or many at once with `take`.
"""

import logging
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kafka import KafkaConsumer, OffsetAndMetadata, TopicPartition
from kafka.errors import CommitFailedError, KafkaError, UnknownMemberIdError

from moderation.client.connection import client_options, require_broker
from moderation.errors import BrokerUnavailable, ConfigurationError, ModerationError
from moderation.settings import KafkaSettings, TopicName

log = logging.getLogger(__name__)

_POLL_MS = 500
_COMMIT_EVERY_S = 1.0


def values(
    kafka: KafkaSettings, topic: TopicName, since: datetime | None = None, until: datetime | None = None
) -> Iterator[bytes]:
    """The values of `records`, without tombstones."""
    return (record.value for record in records(kafka, topic, since, until) if record.value is not None)


def records(
    kafka: KafkaSettings,
    topic: TopicName,
    since: datetime | None = None,
    until: datetime | None = None,
    newest: int | None = None,
) -> "Iterator[Record]":
    """What stands on a topic up to its present end; raises as `Reader` does."""
    reader = Reader(kafka, topic, follow=False, since=since, until=until, newest=newest)
    try:
        yield from reader
    finally:
        reader.close()


@dataclass(frozen=True, slots=True)
class Record:
    """One record as it stands on a topic; `timestamp` is seconds since the epoch."""

    topic: str
    partition: int
    offset: int
    timestamp: float
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]


class Reader:
    """An iterator over the records of one topic. Not for several threads at once.

    group           name of a consumer group that remembers how far it came; None reads for itself
    from_beginning  where to start what has no remembered place: the first record, or those that come from now on
    follow          False ends at what was the end when the reader was made
    idle_s          ends when nothing has come for so many seconds; None never
    places          partition -> offset to start from, other partitions left out; without a group only
    ends            partition -> offset to end before; with places and without follow only
    newest          so many records of each partition at most, the last ones; without follow and group only
    since, until    only records that were written from then, and before then; without places or follow, and with a
                    group only `since`, which is where it starts on what has no remembered place

    Raises `BrokerUnavailable`, and `ConfigurationError` where the topic is missing.
    """

    def __init__(
        self,
        kafka: KafkaSettings,
        topic: TopicName,
        *,
        group: str | None = None,
        from_beginning: bool = True,
        follow: bool = True,
        idle_s: float | None = None,
        places: dict[int, int] | None = None,
        ends: dict[int, int] | None = None,
        newest: int | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> None:
        require_broker(kafka)
        self._bootstrap = kafka.bootstrap
        self._idle_s = idle_s
        self._waiting: deque[Record] = deque()
        self._given: Sequence[Record] = ()
        self._done: dict[Any, Any] = {}
        self._committed_at = time.monotonic()
        self._group = group
        self._ends: dict[Any, int] | None = None
        name = kafka.topic(topic)
        try:
            self._consumer: Any = KafkaConsumer(
                **client_options(kafka),
                group_id=group,
                enable_auto_commit=False,
                auto_offset_reset="earliest" if from_beginning else "latest",
                allow_auto_create_topics=False,
            )
        except KafkaError as error:
            raise self._failure(error) from error
        try:
            self._place(name, from_beginning, follow, places, since)
            if group is None:
                self._narrow(since, until)
            for partition, end in (ends or {}).items():
                self._ends = {**(self._ends or {}), TopicPartition(name, partition): end}
            if newest is not None:
                self._skip_to(newest)
        except BaseException:
            self._consumer.close()
            raise

    def __iter__(self) -> Iterator[Record]:
        return self

    def __next__(self) -> Record:
        self._note_given()
        quiet_since = time.monotonic()
        while not self._waiting:
            try:
                self._commit()
                if self._at_end():
                    raise StopIteration
                wait_ms = _POLL_MS
                if self._idle_s is not None:
                    left_s = self._idle_s - (time.monotonic() - quiet_since)
                    if left_s <= 0:
                        raise StopIteration
                    wait_ms = min(wait_ms, int(left_s * 1000) + 1)
                self._poll(wait_ms)
            except KafkaError as error:
                raise self._failure(error) from error
        if self._done and time.monotonic() - self._committed_at > _COMMIT_EVERY_S:
            self._commit()
        given = self._waiting.popleft()
        self._given = (given,)
        return given

    def take(self, most: int, wait_s: float = 0.5) -> list[Record]:
        """What has come, at most so many: the first of it within `wait_s`, or nothing. They are done with `done`.

        What was given before counts as done.
        """
        self._note_given()
        if not self._waiting:
            try:
                self._poll(int(wait_s * 1000))
            except KafkaError as error:
                raise self._failure(error) from error
        self._given = given = [self._waiting.popleft() for _ in range(min(most, len(self._waiting)))]
        return given

    def done(self) -> None:
        """Count what was given last as done and remember the place, without asking for more."""
        self._note_given()
        self._commit()

    def close(self) -> None:
        """Leave the group and disconnect. What was given last is not done unless `done` was called."""
        try:
            self._commit()
        except ModerationError as error:
            log.warning("%s; what was read last will be read again", error)
        self._consumer.close(autocommit=False, timeout_ms=5_000)

    def _place(
        self, name: str, from_beginning: bool, follow: bool, places: dict[int, int] | None, since: datetime | None
    ) -> None:
        try:
            found = self._consumer.partitions_for_topic(name)
            if not found:
                raise ConfigurationError(
                    f"topic {name} does not exist at {self._bootstrap}; run: moderation topics apply"
                )
            partitions = [TopicPartition(name, partition) for partition in sorted(found)]
            if not follow:
                self._ends = dict(self._consumer.end_offsets(partitions))
            if self._group is not None:
                self._begin(partitions, since)
                self._consumer.subscribe([name])
                return
            if places is not None:
                partitions = [partition for partition in partitions if partition.partition in places]
            self._consumer.assign(partitions)
            # Now, not at the first poll: what comes from this moment on must not be missed.
            offsets = self._consumer.beginning_offsets if from_beginning else self._consumer.end_offsets
            for partition, offset in offsets(partitions).items():
                start = offset if places is None else max(offset, places[partition.partition])
                self._consumer.seek(partition, start)
        except KafkaError as error:
            raise self._failure(error) from error

    def _begin(self, partitions: list[TopicPartition], since: datetime | None) -> None:
        """Give a new group its place: what was written since then."""
        if since is None:
            return
        new = [partition for partition in partitions if self._consumer.committed(partition) is None]
        places = {place: OffsetAndMetadata(offset, "", -1) for place, offset in self._written_from(since, new).items()}
        if places:
            try:
                self._consumer.commit(places)
            except (CommitFailedError, UnknownMemberIdError):
                log.info("group %s has a member that began before", self._group)

    def _narrow(self, since: datetime | None, until: datetime | None) -> None:
        try:
            if since is not None:
                for partition, offset in self._written_from(since, self._consumer.assignment()).items():
                    self._consumer.seek(partition, offset)
            if until is not None:
                self._ends = {**(self._ends or {}), **self._written_from(until, self._consumer.assignment())}
        except KafkaError as error:
            raise self._failure(error) from error

    def _skip_to(self, newest: int) -> None:
        for partition in self._consumer.assignment():
            start = (self._ends or {})[partition] - newest
            if self._consumer.position(partition) < start:
                self._consumer.seek(partition, start)

    def _written_from(self, moment: datetime, asked: Iterable[TopicPartition]) -> dict[Any, int]:
        """Per partition the first offset that was written then or later, its end where there is none."""
        partitions = list(asked)
        if not partitions:
            return {}
        ends = self._consumer.end_offsets(partitions)
        found = self._consumer.offsets_for_times(dict.fromkeys(partitions, max(0, int(moment.timestamp() * 1000))))
        return {partition: own.offset if (own := found.get(partition)) else ends[partition] for partition in partitions}

    def _poll(self, wait_ms: int) -> None:
        for partition, batch in self._consumer.poll(timeout_ms=wait_ms).items():
            end = None if self._ends is None else self._ends.get(partition)
            self._waiting.extend(_record(found) for found in batch if end is None or found.offset < end)

    def _note_given(self) -> None:
        given, self._given = self._given, ()
        if self._group is not None:
            for record in given:
                place = TopicPartition(record.topic, record.partition)
                self._done[place] = OffsetAndMetadata(record.offset + 1, "", -1)

    def _commit(self) -> None:
        self._committed_at = time.monotonic()
        if not self._done:
            return
        done, self._done = self._done, {}
        try:
            self._consumer.commit(done)
        except CommitFailedError:
            # The group has given these partitions to another member meanwhile, which reads on from the last place.
            log.warning("group %s was rebalanced; some records will be read again", self._group)
        except KafkaError as error:
            raise self._failure(error) from error

    def _at_end(self) -> bool:
        if self._ends is None:
            return False
        assigned = self._consumer.assignment()
        return bool(assigned) and all(
            self._consumer.position(partition) >= self._ends.get(partition, 0) for partition in assigned
        )

    def _failure(self, error: KafkaError) -> ModerationError:
        kind = BrokerUnavailable if error.retriable else ModerationError
        return kind(f"reading from Kafka at {self._bootstrap} failed: {error}")


def _record(found: Any) -> Record:
    return Record(
        found.topic,
        found.partition,
        found.offset,
        found.timestamp / 1000,
        found.key,
        found.value,
        tuple((name, value) for name, value in found.headers),
    )
