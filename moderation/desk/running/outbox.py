"""What waits in the `outbox` is sent to Kafka, each post's events in their order, and marked once it is confirmed.

Dying in between sends an event again: it is the same one, with the same id. One process sends at a time.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import cast

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from moderation.client.sending import Outgoing as Sending
from moderation.client.sending import Sender
from moderation.desk.running.part import Part
from moderation.desk.running.turn import turn
from moderation.errors import DeliveryError
from moderation.review.database import Database
from moderation.review.tables import Outgoing
from moderation.settings import KafkaSettings, TopicName

log = logging.getLogger(__name__)

_AT_ONCE = 500
_LOOK_S = 0.25
_TURN_S = 2.0
_CONFIRM_S = 30.0
_AGAIN = timedelta(minutes=5)  # when an event that Kafka refused is tried again


class Outbox(Part):
    """Sends what waits. `refused` counts the posts whose event Kafka does not take: theirs wait, others do not."""

    name = "outbox"

    def __init__(self, database: Database, kafka: KafkaSettings) -> None:
        super().__init__()
        self._database = database
        self._kafka = kafka
        self._refused: dict[str, datetime] = {}

    @property
    def refused(self) -> int:
        """Posts whose event Kafka did not take."""
        return len(self._refused)

    def work(self) -> None:
        """See `Part.work`."""
        with turn(self._database, "outbox") as check:
            if check is None:
                self.well()
                self.stopping.wait(_TURN_S)
                return
            sender = Sender(self._kafka, _CONFIRM_S)
            try:
                while not self.stopping.is_set():
                    if not self._send(sender, check):
                        self.stopping.wait(_LOOK_S)
                    self.well()
            finally:
                sender.close()

    def _send(self, sender: Sender, check: Callable[[], None]) -> int:
        """Send what waits now; how many there were."""
        now = datetime.now(UTC)
        self._refused = {key: until for key, until in self._refused.items() if until > now}
        with self._database.session() as session:
            rows = waiting(session, _AT_ONCE, self._refused)
        for wave in _waves(rows):
            check()
            confirmed = list(self._confirmed(sender, [row for row in wave if row.key not in self._refused]))
            with self._database.session() as session:
                mark_sent(session, confirmed, now=datetime.now(UTC))
        return len(rows)

    def _confirmed(self, sender: Sender, wave: Sequence[Outgoing]) -> Iterator[int]:
        """The numbers of those that Kafka has. Raises `DeliveryTimeout`, `BrokerUnavailable`: all may be sent again."""
        try:
            sender.send_many(map(_sending, wave))
        except DeliveryError as error:
            if error.retriable:
                raise
        else:
            yield from (row.number for row in wave)
            return
        for row in wave:  # one by one, to find out which is refused
            try:
                sender.send(_sending(row))
            except DeliveryError as error:
                if error.retriable:
                    raise
                log.error("event %d of the outbox, and what follows on its post, cannot be sent: %s", row.number, error)
                self._refused[row.key] = datetime.now(UTC) + _AGAIN
            else:
                yield row.number


def waiting(session: Session, most: int, leave: Iterable[str] = ()) -> Sequence[Outgoing]:
    """What is not sent yet, the oldest first; without what is for some keys."""
    asked = select(Outgoing).where(Outgoing.sent_at.is_(None)).order_by(Outgoing.number).limit(most)
    left = list(leave)
    return session.scalars(asked.where(Outgoing.key.not_in(left)) if left else asked).all()


def mark_sent(session: Session, numbers: Sequence[int], *, now: datetime) -> None:
    """Kafka has these."""
    session.execute(update(Outgoing).where(Outgoing.number.in_(numbers)).values(sent_at=now))


def count_waiting(session: Session) -> int:
    """How many are not sent yet."""
    return session.scalar(select(func.count()).select_from(Outgoing).where(Outgoing.sent_at.is_(None))) or 0


def _waves(rows: Sequence[Outgoing]) -> Iterator[list[Outgoing]]:
    """Runs in which no post comes twice: what follows on one is sent only when Kafka has what was before it.

    What goes to no partition of its own is about no post.
    """
    wave: list[Outgoing] = []
    keys: set[str] = set()
    for row in rows:
        if row.key in keys:
            yield wave
            wave, keys = [], set()
        wave.append(row)
        if row.partition is not None:
            keys.add(row.key)
    if wave:
        yield wave


def _sending(row: Outgoing) -> Sending:
    topic = cast(TopicName, row.topic)
    return Sending(topic, row.key.encode(), row.value, f"event {row.number} of the outbox", row.partition)
