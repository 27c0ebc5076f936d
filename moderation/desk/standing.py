"""What Kafka tells of the policies, kept for a while: pages ask often, and reading decisions takes its time."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from moderation.client import standing
from moderation.client.policies import PoliciesTopic
from moderation.errors import ModerationError
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


@dataclass(frozen=True, slots=True)
class InForce:
    """The releases, and the live policy; `problem` says why that cannot be read by this version."""

    at: datetime
    log: ReleaseLog
    policy: Policy | None
    problem: str | None


@dataclass(frozen=True, slots=True)
class Compared:
    """What was decided since `begin`, and how the breakers stand."""

    begin: datetime
    comparison: "Comparison"
    breakers: "list[BreakerState]"


class Standings:
    """How the policies stand. For several threads: one asks Kafka, the others wait for what it hears.

    Both raise `BrokerUnavailable` and other `ModerationError`s of Kafka.
    """

    def __init__(self, kafka: KafkaSettings, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._kafka, self._now = kafka, now
        self._asking = threading.Lock()
        self._in_force: InForce | None = None
        self._compared: tuple[datetime, Compared] | None = None

    def in_force(self) -> InForce:
        """What is released, and the rules that decide."""
        with self._asking:
            return self._read()

    def compared(self) -> Compared:
        """How the policies decided within the last hour: as long as it takes to read these decisions."""
        with self._asking:
            now = self._now()
            if self._compared is None or now - self._compared[0] > KEPT:
                self._compared = (now, self._compare(self._read(), now - WINDOW))
            return self._compared[1]

    def last(self) -> InForce | None:
        """What Kafka said last, however long ago."""
        return self._in_force

    def _read(self) -> InForce:
        now = self._now()
        known = self._in_force
        if known is not None and now - known.at <= KEPT:
            return known
        topic = PoliciesTopic(self._kafka)
        try:
            log = topic.read()
        finally:
            topic.close()
        try:
            policy, problem = standing.live_policy(log), None
        except ModerationError as error:
            policy, problem = None, str(error)
        self._in_force = InForce(now, log, policy, problem)
        return self._in_force

    def _compare(self, found: InForce, begin: datetime) -> Compared:
        shadows = bool(found.log.current and found.log.current.shadows)
        comparison = standing.compared(self._kafka, begin, shadows)
        breakers = standing.breakers_of(found.policy, self._kafka) if found.policy else []
        return Compared(begin, comparison, breakers)
