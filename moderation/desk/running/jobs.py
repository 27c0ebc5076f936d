"""What has to be done every so often, by one of the desk's processes at a time."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from moderation.client.progress import Progress
from moderation.desk.running.feed import group_of
from moderation.desk.running.part import Part
from moderation.desk.running.turn import turn
from moderation.errors import BrokerUnavailable
from moderation.review import intake, levels, logins, moving, queue, retention
from moderation.review.database import Database
from moderation.review.ranking import Ranking
from moderation.review.rules import DeskRules
from moderation.settings import KafkaSettings, TopicName

log = logging.getLogger(__name__)

_LOOK_S = 1.0
_RANKING_S = 1.0
_GIVE_WAY_S = 0.005
_FED: tuple[TopicName, ...] = ("reviews", "decisions")
_OLD_DECISIONS = timedelta(days=8)  # review items come for seven


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do in a transaction of its own. It is done again at once as long as it has done anything."""

    name: str
    every_s: float
    do: Callable[[Session, datetime], int]


class Jobs(Part):
    """Does each job when its time has come. Items that were hidden show once the feed has come as far as that: a
    decision that takes one back may be waiting on Kafka.

    `lag` is topic -> records that Kafka has and the database does not, as far as this process looks after it.
    """

    name = "jobs"

    def __init__(
        self, database: Database, rules: Callable[[], DeskRules], kafka: KafkaSettings, more: Sequence[Job] = ()
    ) -> None:
        super().__init__()
        self._database = database
        self._rules = rules
        self._kafka = kafka
        self._jobs = (*_usual(rules), *more)
        self._due: dict[str, float] = {}
        self._progress: Progress | None = None

    @property
    def lag(self) -> Mapping[TopicName, int]:
        """Records that are still to come, by topic; empty while nobody knows."""
        return dict(self._progress.lag) if self._progress else {}

    def work(self) -> None:
        """See `Part.work`."""
        with ExitStack() as leaving:
            check = leaving.enter_context(turn(self._database, "jobs"))
            ranking = Ranking(self._rules)
            leaving.callback(self._forget_progress)
            while not self.stopping.is_set():
                away = self._look()
                if check is not None:
                    check()
                    self._round()
                    self._rank(ranking)
                if away is None:
                    self.well()
                else:
                    self.ails(str(away))
                self.stopping.wait(_LOOK_S)
                if check is None:
                    return  # perhaps it is our turn now

    def _round(self) -> None:
        for job in self._jobs:
            if time.monotonic() >= self._due.get(job.name, 0.0):
                self._due[job.name] = time.monotonic() + job.every_s
                self._do(job.do)
        until = None if self._progress is None else self._progress.horizon
        if until is not None:
            self._do(lambda session, now: queue.reveal(session, self._rules(), now=min(now, until)))

    def _rank(self, ranking: Ranking) -> None:
        """For a moment, and on in the next round: there may be a million tasks, and the jobs must not wait for them."""
        until = time.monotonic() + _RANKING_S
        while not ranking.is_done and time.monotonic() < until and not self.stopping.wait(_GIVE_WAY_S):
            with self._database.session() as session:
                ranking.go_on(session, datetime.now(UTC))

    def _do(self, job: Callable[[Session, datetime], int]) -> None:
        done = 1
        while done and not self.stopping.is_set():
            with self._database.session() as session:
                done = job(session, datetime.now(UTC))

    def _look(self) -> BrokerUnavailable | None:
        """Find out how far the feed is. While Kafka is away nothing hidden is shown, and all else goes on."""
        try:
            if self._progress is None:
                groups = {topic: group_of(topic, self._kafka) for topic in _FED}
                self._progress = Progress(self._kafka, groups)
            self._progress.look()
        except BrokerUnavailable as error:
            self._forget_progress()
            return error
        return None

    def _forget_progress(self) -> None:
        progress, self._progress = self._progress, None
        if progress is not None:
            progress.close()


def _usual(rules: Callable[[], DeskRules]) -> tuple[Job, ...]:
    return (
        Job("leases", 2.0, lambda session, now: queue.expire(session, rules(), now=now)),
        Job("service levels", 5.0, lambda session, now: len(levels.alarm(session, now=now))),
        Job("absent people", 60.0, lambda session, now: moving.free_of_absent(session, now=now)),
        Job("sign-ins", 600.0, _forget_logins),
        Job("old decisions", 600.0, lambda session, now: intake.forget_decisions(session, now - _OLD_DECISIONS)),
        Job("retention", 6 * 3600.0, lambda session, now: retention.apply(session, rules().retention, now=now).more),
    )


def _forget_logins(session: Session, now: datetime) -> int:
    logins.forget_ended(session, now=now)
    return 0
