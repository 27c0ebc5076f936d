"""Rolls a canary back by itself when it acts, or asks for review, far more often than the policy it is to replace.

Run by the worker that owns partition 0 of the scored topic, so by one at a time. Several would do no harm: their
releases have the same number, and one counts.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from pydantic import ValidationError

from moderation.errors import DeliveryError
from moderation.events import Alarm, Release
from moderation.release import PARTITION, key_of
from moderation.release.decided import Decided
from moderation.release.steps import BY_ITSELF, SHOWN, Signed, withdrawn
from moderation.settings import KafkaSettings, Settings
from streams.messages import Output
from streams.observer import Observer
from streams.policies import Policies
from streams.producer import Producer
from streams.security import aiokafka_options

if TYPE_CHECKING:
    from moderation.release.watch import CanaryWatch, Excess

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
RETRY_S = 5.0
TELL_AGAIN = timedelta(minutes=10)
_POLL_MS = 500
_RECORDS = 500


class CanaryGuard:
    """Follows the decisions while a canary is in force. `owns` says whether it is this worker's turn."""

    def __init__(
        self,
        settings: Settings,
        kafka: KafkaSettings,
        policies: Policies,
        producer: Producer,
        owns: Callable[[], bool],
        observer: Observer | None = None,
    ) -> None:
        self._settings = settings
        self._kafka = kafka
        self._policies = policies
        self._producer = producer
        self._owns = owns
        self._observer = observer or Observer()
        self._excesses: dict[int, Excess] = {}
        self._told: set[int] = set()

    async def run(self) -> None:
        """Until cancelled. Raises `DeliveryError` when a roll-back or its alarm cannot be published."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            release = self._policies.release
            if release is None or not self._owns():
                continue
            if release.by == BY_ITSELF:
                await self._tell(release)
            if release.canary is None:
                continue
            try:
                excess = await self._watched(release)
            except KafkaError as error:
                log.warning("the canary is not watched, the decisions cannot be read: %s; trying again", error)
                await asyncio.sleep(RETRY_S)
                continue
            if excess is not None:
                await self._roll_back(release, excess)

    async def _watched(self, release: Release) -> "Excess | None":
        """Read decisions until there is an excess; None when there is nothing to watch any more."""
        watch = await asyncio.to_thread(self._watch, release)
        since_ms = int(self._policies.log.canary_since(release).timestamp() * 1000)
        consumer = AIOKafkaConsumer(
            self._kafka.topic("decisions"), **aiokafka_options(self._kafka), enable_auto_commit=False
        )
        try:
            await consumer.start()
            log.info("watching canary %s", _canary_of(release)[:SHOWN])
            await _seek(consumer, since_ms)
            while self._owns() and _same(self._policies.release, release):
                batches = await consumer.getmany(timeout_ms=_POLL_MS, max_records=_RECORDS)
                for batch in batches.values():
                    for record in batch:
                        if (excess := _counted(watch, record)) is not None:
                            return excess
                await asyncio.sleep(0)  # what is fetched already would come without a pause
            return None
        finally:
            await consumer.stop()

    def _watch(self, release: Release) -> "CanaryWatch":
        from moderation.release.watch import CanaryWatch  # here: SciPy takes a while, and most workers have no canary

        settings = self._settings
        return CanaryWatch(
            release.live,
            _canary_of(release),
            alpha=settings.canary_alpha,
            min_posts=settings.canary_min_posts,
            ratio=settings.canary_ratio,
        )

    async def _roll_back(self, watched: Release, excess: "Excess") -> None:
        """Publish a release without the canary. It counts unless somebody has released something meanwhile."""
        current = self._policies.log.current
        if current is None or not _same(current, watched):
            return
        signed = Signed(BY_ITSELF, datetime.now(UTC), f"rolled back by itself: {excess}")
        release = withdrawn(current, _canary_of(current), signed)
        self._excesses[release.number] = excess
        await self._send(Output("policies", PARTITION, key_of(release, str(uuid4())), release.to_json()))
        while len(self._policies.log.releases) < release.number:
            await self._policies.changed()

    async def _tell(self, release: Release) -> None:
        """Say that a release took a canary back. Whoever owns the partition says it, and says it again if it begins
        soon after: the one that published it may have died before it could. The id tells that it is the same."""
        before = self._policies.log.releases[release.number - 2]
        if before.canary is None or release.number in self._told:
            return
        self._told.add(release.number)
        if datetime.now(UTC) - release.at > TELL_AGAIN:
            return
        canary = before.canary.hash
        log.error("canary %s ROLLED BACK, release %d: %s", canary[:SHOWN], release.number, release.note)
        excess = self._excesses.get(release.number)
        alarm = Alarm(
            alarm_id=f"canary_rolled_back:{release.number}:{canary}",
            kind="canary_rolled_back",
            subject=canary,
            message=release.note or "rolled back by itself",
            at=release.at,
            policy_hash=release.live,
            values={"release": release.number, **(excess.values() if excess else {})},
        )
        await self._send(Output("alarms", PARTITION, alarm.alarm_id.encode(), alarm.to_json()))

    async def _send(self, output: Output) -> None:
        self._observer.sending([output])
        if await (await self._producer.enqueue([output])):
            raise DeliveryError(f"the {output.topic} topic refuses the roll-back of a canary: too large")


def _canary_of(release: Release) -> str:
    assert release.canary is not None
    return release.canary.hash


def _same(now: Release | None, watched: Release) -> bool:
    """Whether what is compared is still in force: another share would mix times of day into the rates."""
    return now is not None and (now.live, now.canary) == (watched.live, watched.canary)


async def _seek(consumer: Any, since_ms: int) -> None:
    places = consumer.assignment()
    starts = await consumer.offsets_for_times(dict.fromkeys(places, since_ms))
    ends = await consumer.end_offsets(list(places))
    for place in places:
        start = starts.get(place)
        consumer.seek(place, ends[place] if start is None else start.offset)


def _counted(watch: "CanaryWatch", record: Any) -> "Excess | None":
    try:
        decided = Decided.model_validate_json(record.value or b"")
    except ValidationError:
        return None  # of another version, or no decision: nobody else acts on it either
    return watch.add(decided, record.timestamp / 1000)
