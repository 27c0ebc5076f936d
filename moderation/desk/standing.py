"""What Kafka tells of the policies, kept for a while: pages ask often, and reading decisions takes its time."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from moderation.client import alarms, standing
from moderation.client.policies import PoliciesTopic
from moderation.errors import ModerationError
from moderation.events import Alarm
from moderation.policy import Policy
from moderation.release import ReleaseLog
from moderation.settings import KafkaSettings

if TYPE_CHECKING:
    from moderation.breakers import BreakerState
    from moderation.release.comparison import Comparison

KEPT = timedelta(seconds=20)
"""How long an answer is good enough."""

WINDOW = timedelta(hours=1)
"""The decisions that are compared."""

NEWEST = 50_000
"""Of these, so many of each partition at most: some seconds of reading."""


ALARMS = timedelta(days=30)
"""The alarms that are told."""

NEWEST_ALARMS = 2_000
"""Of these, so many of each partition at most: of what is past due there may be many."""


@dataclass(frozen=True, slots=True)
class InForce:
    """The releases, and the live policy; `problem` says why that cannot be read by this version."""

    at: datetime
    log: ReleaseLog
    policy: Policy | None
    problem: str | None


@dataclass(frozen=True, slots=True)
class Compared:
    """What was decided since `begin`, and how the breakers stand, as it was read at `at`."""

    at: datetime
    begin: datetime
    comparison: "Comparison"
    breakers: "list[BreakerState]"


@dataclass(frozen=True, slots=True)
class Alarms:
    """What policies gave the alarm for since `begin`, the newest first, as it was read at `at`."""

    at: datetime
    begin: datetime
    alarms: list[Alarm]


class Standings:
    """How the policies stand. For several threads: one asks Kafka, the others wait for what it hears.

    All questions raise `BrokerUnavailable` and other `ModerationError`s of Kafka.
    """

    def __init__(self, kafka: KafkaSettings, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._kafka, self._now = kafka, now
        self._asking, self._comparing, self._alarming = threading.Lock(), threading.Lock(), threading.Lock()
        self._in_force: InForce | None = None
        self._compared: Compared | None = None
        self._alarms: Alarms | None = None

    def in_force(self) -> InForce:
        """What is released, and the rules that decide."""
        with self._asking:
            if self._in_force is None or self._now() - self._in_force.at > KEPT:
                self._in_force = self._read()
            return self._in_force

    def compared(self) -> Compared:
        """How the policies decided within the last hour; what takes long keeps nobody from `in_force`."""
        with self._comparing:
            if self._compared is None or self._now() - self._compared.at > KEPT:
                self._compared = self._compare(self.in_force())
            return self._compared

    def alarms(self) -> Alarms:
        """Breakers that opened and closed, canaries that were rolled back."""
        with self._alarming:
            if self._alarms is None or self._now() - self._alarms.at > KEPT:
                found, begin = alarms.of_policies(self._kafka, self._now() - ALARMS, NEWEST_ALARMS)
                self._alarms = Alarms(self._now(), begin, found)
            return self._alarms

    def last(self) -> InForce | None:
        """What Kafka said last, however long ago."""
        return self._in_force

    def _read(self) -> InForce:
        now = self._now()
        topic = PoliciesTopic(self._kafka)
        try:
            log = topic.read()
        finally:
            topic.close()
        try:
            return InForce(now, log, standing.live_policy(log), None)
        except ModerationError as error:
            return InForce(now, log, None, str(error))

    def _compare(self, found: InForce) -> Compared:
        begin = self._now() - WINDOW
        shadows = bool(found.log.current and found.log.current.shadows)
        comparison, begun = standing.compared(self._kafka, begin, shadows, NEWEST)
        breakers = standing.breakers_of(found.policy, self._kafka) if found.policy else []
        return Compared(self._now(), begun, comparison, breakers)
