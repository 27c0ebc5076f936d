"""From Kafka into the database: what is announced is stored, many records in one transaction, committed to Kafka after.

A crash in between brings the records again, and they change nothing. Not every decision is kept: see
`moderation.review.decided`. They are taken up a moment after they were written, when the item that they stand beside
has come.
"""

import logging
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError
from sqlalchemy import text
from sqlalchemy.exc import DataError, StatementError
from sqlalchemy.orm import Session

from moderation.client.reading import Reader, Record
from moderation.desk.running.part import Part
from moderation.errors import NoSuchItem
from moderation.events import Decision, Event, ReviewItem
from moderation.review import decided, intake
from moderation.review.database import Database
from moderation.review.rules import DeskRules
from moderation.settings import KafkaSettings, TopicName

log = logging.getLogger(__name__)

E = TypeVar("E", bound=Event)
Store = Callable[[Session, Sequence[tuple[Record, E]], datetime], None]
"""Takes events into the database, in their order; the records say where they stood."""

_AT_ONCE = 500
_LONGEST_S = 0.2
_GIVE_WAY_S = 0.005
_SETTLE = timedelta(seconds=2)
_BACK = timedelta(days=7)  # as long as review items are kept: decisions before have none to take back


class Feed(Part, Generic[E]):
    """Follows one topic. `stored` counts records, `skipped` those that are no events of this version or that the
    database cannot hold. `settle` is how long after its writing a record is taken up.
    """

    def __init__(
        self,
        topic: TopicName,
        model: type[E],
        store: Store[E],
        database: Database,
        kafka: KafkaSettings,
        *,
        settle: timedelta = timedelta(0),
    ) -> None:
        self.name = topic
        super().__init__()
        self.stored = 0
        self.skipped = 0
        self._topic: TopicName = topic
        self._model = model
        self._store = store
        self._database = database
        self._kafka = kafka
        self._settle_s = settle.total_seconds()
        self._at_once = 20

    def work(self) -> None:
        """See `Part.work`."""
        with self._database.session() as session:  # while it is away, others had better have our partitions
            session.execute(text("SELECT 1"))
        since = datetime.now(UTC) - _BACK
        reader = Reader(self._kafka, self._topic, group=group_of(self._topic, self._kafka), since=since)
        try:
            while not self.stopping.is_set():
                records = reader.take(_AT_ONCE)
                if records and not self._settled(records):
                    return
                self.take(records)
                if records:
                    reader.done()
                self.well()
        finally:
            reader.close()

    def _settled(self, records: Sequence[Record]) -> bool:
        """Wait until they are old enough; False when it is time to stop."""
        left_s = max(record.timestamp for record in records) + self._settle_s - datetime.now(UTC).timestamp()
        return not self.stopping.wait(min(max(0.0, left_s), self._settle_s))

    def take(self, records: Sequence[Record]) -> None:
        """Store records in transactions of some hundred milliseconds: people wait for the same database."""
        events = [(record, event) for record in records if (event := self._read(record)) is not None]
        while events:
            some, events = events[: self._at_once], events[self._at_once :]
            began = time.monotonic()
            self._store_all(some)
            took_s = max(1e-4, time.monotonic() - began)
            if len(some) == self._at_once or took_s > _LONGEST_S:
                self._at_once = min(_AT_ONCE, max(1, int(len(some) * min(2.0, _LONGEST_S / took_s))))
            if events:
                self.stopping.wait(_GIVE_WAY_S)

    def _store_all(self, events: Sequence[tuple[Record, E]]) -> None:
        try:
            self._in_one(events)
        except _UNFIT as failure:
            if not _is_unfit(failure):
                raise
            for own in events:  # one by one, to find out which it is
                try:
                    self._in_one([own])
                except _UNFIT as error:
                    if not _is_unfit(error):
                        raise
                    self._skip(own[0], f"cannot be stored ({error})", logging.ERROR)

    def _in_one(self, events: Sequence[tuple[Record, E]]) -> None:
        now = datetime.now(UTC)
        with self._database.session() as session:
            self._store(session, events, now)
        self.stored += len(events)

    def _read(self, record: Record) -> E | None:
        try:
            return self._model.model_validate_json(record.value or b"")
        except ValidationError as error:
            problem = error.errors(include_input=False, include_url=False)[0]["msg"]
            self._skip(record, f"is not a valid {self._model.__name__} ({problem})")
            return None

    def _skip(self, record: Record, why: str, level: int | None = None) -> None:
        self.skipped += 1
        if level is None:  # a newer worker may write thousands of them
            level = logging.WARNING if self.skipped == 1 else logging.DEBUG
        first = why.partition("\n")[0]
        log.log(level, "%s-%d@%d %s and is skipped", record.topic, record.partition, record.offset, first)


_UNFIT = (StatementError, UnicodeError, PydanticSerializationError, NoSuchItem)


def _is_unfit(error: Exception) -> bool:
    """Whether a value is one that no column takes: half a character, a text with a NUL, or a number that is too large,
    of which the database says `NoSuchItem`. All else is not its fault: it stays on Kafka until that is mended.
    """
    if isinstance(error, StatementError):
        return isinstance(error, DataError) or isinstance(error.orig, UnicodeError | OverflowError)
    return True


def group_of(topic: TopicName, kafka: KafkaSettings) -> str:
    """The consumer group of all desks on this database: it remembers how far they came."""
    return kafka.group(f"desk-{topic}")


def reviews(database: Database, kafka: KafkaSettings, rules: Callable[[], DeskRules]) -> Feed[ReviewItem]:
    """What humans must look at, and what is taken back."""

    def store(session: Session, events: Sequence[tuple[Record, ReviewItem]], now: datetime) -> None:
        intake.review_items(session, [item for _, item in events], rules(), now=now)

    return Feed("reviews", ReviewItem, store, database, kafka)


def decisions(database: Database, kafka: KafkaSettings, rules: Callable[[], DeskRules]) -> Feed[Decision]:
    """What was decided, also by reviewers elsewhere."""

    def store(session: Session, events: Sequence[tuple[Record, Decision]], now: datetime) -> None:
        written = [
            decided.Written(decision, record.partition, datetime.fromtimestamp(record.timestamp, UTC))
            for record, decision in events
        ]
        intake.decisions(session, [(own.decision, own.at) for own in written], rules())
        decided.keep(session, written)

    return Feed("decisions", Decision, store, database, kafka, settle=_SETTLE)
