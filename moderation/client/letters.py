"""Dead letters on Kafka: read them, and send them back to where they came from."""

import subprocess
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from kafka import KafkaConsumer, OffsetAndMetadata, TopicPartition
from kafka.errors import KafkaError

from moderation.client.connection import client_options, require_broker
from moderation.client.offsets import OffsetSet
from moderation.client.reading import Reader, Record
from moderation.client.sending import Outgoing, Sender
from moderation.dead_letters import ATTEMPTS_HEADER, DeadLetter
from moderation.errors import BrokerUnavailable, DeliveryError, ModerationError
from moderation.settings import KafkaSettings, TopicName

_TOPIC: TopicName = "dead-letters"
_FIX_TIMEOUT_S = 60
_LARGEST = 8_388_608
_REMEMBER_EVERY = 100

Place = tuple[int, int]
"""Partition and offset on the dead letter topic: the name of a letter."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter where it stands: `record` has the original key and bytes, `why` what the headers say."""

    record: Record
    why: DeadLetter
    replayed: bool

    @property
    def place(self) -> Place:
        """Its name."""
        return (self.record.partition, self.record.offset)


@dataclass(frozen=True, slots=True)
class LetterPage:
    """Some letters, the newest first. `before` asks for older ones: partition -> offset to read up to; None at the end.

    `total` is how many letters there are.
    """

    letters: list[Letter]
    before: dict[int, int] | None
    total: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a letter that was to be replayed; `reason` says why it was left alone."""

    letter: Letter
    what: Literal["replayed", "left alone"]
    reason: str = ""


class FixFailed(ModerationError):
    """The fix command did not repair a value."""


class DeadLetters:
    """The letters of one cluster; a context manager.

    Which were replayed is remembered in Kafka, in the offsets of a consumer group that nobody ever joins
    (`<group prefix>-dead-letters-replay`): all below the committed offset, and the ranges in its metadata. A letter
    is marked after Kafka has confirmed it, so one may be sent twice after a crash or by two people at once, which
    the ids of decisions make harmless; none is ever passed over.
    """

    def __init__(self, kafka: KafkaSettings, timeout_s: float = 30.0) -> None:
        require_broker(kafka)
        self._kafka = kafka
        self._name = kafka.topic(_TOPIC)
        self._sender = Sender(kafka, timeout_s, largest=_LARGEST)
        self._consumer: Any = KafkaConsumer(
            **client_options(kafka), group_id=kafka.group("dead-letters-replay"), enable_auto_commit=False
        )
        try:
            self._replayed = self._read_replayed()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "DeadLetters":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Disconnect."""
        self._sender.close()
        self._consumer.close(autocommit=False, timeout_ms=5_000)

    def all(self) -> Iterator[Letter]:
        """Every letter there is now, replayed ones too; oldest first within a partition."""
        return self._read(None)

    def pending(self) -> Iterator[Letter]:
        """Those that were not replayed yet."""
        places = {partition: replayed.floor for partition, replayed in self._replayed.items()}
        return (letter for letter in self._read(places) if not letter.replayed)

    def newest(self, size: int, before: dict[int, int] | None = None) -> LetterPage:
        """The newest letters, replayed ones too, as written in time; `before` is what the page before has said."""
        beginnings, ends = self._kafka_said(self._bounds)
        upper = {partition: min(end, (before or ends).get(partition, end)) for partition, end in ends.items()}
        lower = {partition: max(beginnings[partition], end - size) for partition, end in upper.items()}
        wanted = {partition: offset for partition, offset in lower.items() if offset < upper[partition]}
        found = list(self._read(wanted, upper)) if wanted else []
        found.sort(key=lambda letter: (letter.record.timestamp, letter.place), reverse=True)
        shown = found[:size]
        for letter in shown:
            upper[letter.record.partition] = min(upper[letter.record.partition], letter.record.offset)
        more = any(end > beginnings[partition] for partition, end in upper.items())
        total = sum(end - beginnings[partition] for partition, end in ends.items())
        return LetterPage(shown, upper if more else None, total)

    def at(self, *places: Place) -> list[Letter]:
        """The letters with these names, in their order on the topic. Raises `ModerationError` if one is not there."""
        wanted = set(places)
        there = self._consumer.partitions_for_topic(self._name) or set()
        first = {
            partition: min(offset for p, offset in wanted if p == partition)
            for partition, _ in wanted
            if partition in there
        }
        found = []
        for letter in self._read(first) if first else ():
            if letter.place in wanted:
                wanted.discard(letter.place)
                found.append(letter)
                if not wanted:
                    return found
        names = ", ".join(f"{partition}:{offset}" for partition, offset in sorted(wanted))
        raise ModerationError(f"no dead letter {names} on {self._name}; see: moderation dead-letters list")

    def replay(self, letters: Iterable[Letter], fix: list[str] | None = None) -> Generator[Outcome, None, None]:
        """Send letters back, each to the topic, partition and key it had, its value first through the fix command.

        A letter is left alone where the fix fails or Kafka refuses the value. What has happened is remembered in
        Kafka every hundred letters, and when the iterator ends or is closed.
        """
        own = {self._kafka.topic(name): name for name in ("posts", "images", "videos", "scored", "verdicts")}
        unsaved = 0
        try:
            for letter in letters:
                name: TopicName | None = own.get(letter.why.topic)  # type: ignore[assignment]
                if name is None:
                    yield Outcome(letter, "left alone", f"it came from {letter.why.topic!r}, which no stage reads")
                    continue
                try:
                    self._send_back(letter, name, fix)
                except (FixFailed, DeliveryError) as error:
                    yield Outcome(letter, "left alone", str(error))
                    continue
                self._replayed[letter.record.partition].add(letter.record.offset)
                unsaved += 1
                if unsaved % _REMEMBER_EVERY == 0:
                    self._remember()
                yield Outcome(letter, "replayed")
        finally:
            if unsaved:
                self._remember()

    def _send_back(self, letter: Letter, topic: TopicName, fix: list[str] | None) -> None:
        value = letter.record.value
        if fix is not None:
            value = fixed(value or b"", fix)
        partition, offset = letter.place
        name = f"dead letter {partition}:{offset}"
        if value is None and letter.record.key is None:
            raise FixFailed("it has neither key nor value; only a fix command can make something of it")
        headers = ((ATTEMPTS_HEADER, str(letter.why.attempts).encode()),)
        self._sender.send(Outgoing(topic, letter.record.key, value, name, letter.why.partition, headers))

    def _bounds(self) -> tuple[dict[int, int], dict[int, int]]:
        """Per partition the first offset there is, and the one that comes next."""
        partitions = [TopicPartition(self._name, p) for p in self._consumer.partitions_for_topic(self._name) or ()]
        beginnings, ends = self._consumer.beginning_offsets(partitions), self._consumer.end_offsets(partitions)
        return {own.partition: beginnings[own] for own in partitions}, {own.partition: ends[own] for own in partitions}

    def _read(self, places: dict[int, int] | None, ends: dict[int, int] | None = None) -> Iterator[Letter]:
        reader = Reader(self._kafka, _TOPIC, follow=False, places=places, ends=ends)
        try:
            for record in reader:
                replayed = record.offset in self._replayed[record.partition]
                yield Letter(record, DeadLetter.from_headers(record.headers), replayed)
        finally:
            reader.close()

    def _read_replayed(self) -> dict[int, OffsetSet]:
        def read() -> dict[int, OffsetSet]:
            replayed = {}
            partitions = [TopicPartition(self._name, p) for p in self._consumer.partitions_for_topic(self._name) or ()]
            self._consumer.assign(partitions)
            for partition, oldest in self._consumer.beginning_offsets(partitions).items():
                known = self._consumer.committed(partition, metadata=True)
                found = OffsetSet.read(known.offset, known.metadata or "") if known else OffsetSet()
                found.skip_to(oldest)
                replayed[partition.partition] = found
            return replayed

        replayed: dict[int, OffsetSet] = self._kafka_said(read)
        return replayed

    def _remember(self) -> None:
        offsets = {
            TopicPartition(self._name, partition): OffsetAndMetadata(replayed.floor, replayed.metadata(), -1)
            for partition, replayed in self._replayed.items()
        }
        self._kafka_said(lambda: self._consumer.commit(offsets))

    def _kafka_said(self, ask: Callable[[], Any]) -> Any:
        try:
            return ask()
        except KafkaError as error:
            kind = BrokerUnavailable if error.retriable else ModerationError
            raise kind(f"Kafka at {self._kafka.bootstrap} failed: {error}") from error


def fixed(value: bytes, command: list[str]) -> bytes:
    """What the command writes when it reads the value. Raises `FixFailed` unless it ends with 0 and wrote something."""
    try:
        done = subprocess.run(command, input=value, capture_output=True, timeout=_FIX_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        raise FixFailed(f"the fix did not end within {_FIX_TIMEOUT_S} s") from None
    except OSError as error:
        raise FixFailed(f"the fix cannot be run: {error}") from error
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise FixFailed(f"the fix ended with {done.returncode}" + (f": {said[-1][:200]}" if said else ""))
    if not done.stdout:
        raise FixFailed("the fix wrote nothing")
    return done.stdout
