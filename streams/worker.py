"""One stage in this process, from the first connection to the last commit.

Exit codes: 0 stopped when asked, 70 the watchdog found it standing still, 75 Kafka is away, outputs could not be
delivered or its consumer failed. After 70 and 75 nothing un-delivered was acknowledged, and a supervisor starts it
again.
"""

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Sequence
from pathlib import Path
from typing import Any

from moderation.errors import DeliveryError
from moderation.settings import KafkaSettings, Settings
from streams import admin
from streams.app import make_app
from streams.broker_offsets import BrokerOffsets
from streams.canary import CanaryGuard
from streams.health import beat
from streams.messages import Output, Stage
from streams.observer import Observer
from streams.policies import Policies
from streams.policies_topic import PoliciesTopic
from streams.policy import PolicyStage
from streams.producer import Producer
from streams.pump import Pump
from streams.stages import make_stage
from streams.watchdog import Place, Watchdog

log = logging.getLogger(__name__)

EXIT_RESTART = 75  # EX_TEMPFAIL of sysexits.h
DRAIN_S = 4.0
LEAVE_S = 3.0
CLOSE_S = 1.5
"""Together below ten seconds, the time a stop may take."""

REVOKE_S = 3.0


async def work(name: str, settings: Settings, kafka: KafkaSettings, observer: Observer | None = None) -> int:
    """Run one stage until SIGTERM or SIGINT and return the exit code.

    Raises `BrokerUnavailable`, `ConfigurationError`, `ModelError` or `PolicyError` when it cannot start.
    """
    observer = observer or Observer()
    stopping = _stop_signal()
    await asyncio.to_thread(admin.check, kafka)
    producer = Producer(kafka, settings.delivery_timeout_s)
    await producer.start()
    try:
        async with _policies(name, settings.policy, kafka, producer) as policies:
            stage = make_stage(name, settings, kafka, policies.current, observer)
            window = stage.window or settings.window
            pump = Pump(stage, producer, window=window, batches_in_flight=stage.in_flight, observer=observer)
            observer.began(pump, policies.current)
            app = make_app(stage, kafka, pump, loop=asyncio.get_running_loop())
            _keep_to_assignment(app, pump, stage)
            beside = []
            if isinstance(stage, PolicyStage):
                owns = _owner_of_first(app, kafka)
                guard = CanaryGuard(settings, kafka, policies, producer, owns, observer)
                beside = [policies.follow(), stage.follow(), guard.run()]
            try:
                stall_s = settings.stall_timeout_s + stage.slowest_s
                return await _serve(app, pump, stopping, stall_s, kafka, name, beside)
            finally:
                await stage.close()
    finally:
        await _within(CLOSE_S, producer.stop(), "closing the producer")


async def _serve(
    app: Any,
    pump: Pump,
    stopping: asyncio.Event,
    stall_s: float,
    kafka: KafkaSettings,
    name: str,
    beside: Sequence[Coroutine[Any, Any, None]],
) -> int:
    """`beside` runs beside the stage, which does not go on without it."""
    assigned = _assignment(app)
    watchdog = Watchdog(BrokerOffsets(kafka, kafka.group(name), assigned), assigned, stall_s)
    pumping = asyncio.create_task(pump.run(), name="pump")
    beating = asyncio.create_task(beat(name, kafka), name="heartbeat")
    following = [asyncio.create_task(own) for own in beside]
    waits = [
        asyncio.create_task(stopping.wait(), name="signal"),
        asyncio.create_task(_crashed(app), name="faust"),
        pumping,
        *following,
    ]
    # Faust waits for its coordinator without an end: a Kafka that goes away now must not keep us from stopping.
    starting = asyncio.create_task(app.start(), name="start")
    try:
        await asyncio.wait([starting, *waits], return_when=asyncio.FIRST_COMPLETED)
        if starting.done() and starting.exception() is None:
            watchdog.start()
            log.info("stage %s is ready", name)
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        if stopping.is_set():
            await _stop(app, pump)
            return 0
        _explain([starting, pumping, *following], app)
        return EXIT_RESTART
    finally:
        watchdog.stop()
        for task in (starting, *waits, beating):
            task.cancel()
        await asyncio.gather(starting, *waits, beating, return_exceptions=True)


async def _stop(app: Any, pump: Pump) -> None:
    """Finish what was begun, commit it, leave the group."""
    pump.close()
    await _within(DRAIN_S, pump.drained(), "finishing what was begun")
    await _within(LEAVE_S, app.stop(), "leaving the group")


async def _within(seconds: float, work: Awaitable[object], what: str) -> None:
    try:
        await asyncio.wait_for(work, seconds)
    except TimeoutError:
        log.warning("%s took more than %.0f s; what is not committed will be done again", what, seconds)


def _keep_to_assignment(app: Any, pump: Pump, stage: Stage) -> None:
    """On a rebalance, finish and commit what was taken, so that the next owner repeats little; then the stage begins
    anew with the partitions that it gets."""

    async def settle(_app: Any, revoked: object, **_: object) -> None:
        await _within(REVOKE_S, pump.drained(), "finishing before a rebalance")
        await app.consumer.commit()
        stage.reassigned()

    async def begin(_app: Any, assigned: object, **_: object) -> None:
        stage.reassigned()  # what was in flight may have come in between

    app.on_partitions_revoked.connect(settle, weak=False)
    app.on_partitions_assigned.connect(begin, weak=False)


@contextlib.asynccontextmanager
async def _policies(name: str, path: Path, kafka: KafkaSettings, producer: Producer) -> AsyncIterator[Policies]:
    """The policies in force. The policy stage announces those of a file; to the others only deadlines matter."""

    async def announce(output: Output) -> None:
        if name == "policy" and await (await producer.enqueue([output])):
            raise DeliveryError("the policies topic refuses the policy: too large")

    policies = Policies(path, PoliciesTopic(kafka), announce)
    try:
        await policies.start()
        if name != "policy":
            await policies.stop()
        yield policies
    finally:
        await _within(CLOSE_S, policies.stop(), "closing the reader of policies")


def _owner_of_first(app: Any, kafka: KafkaSettings) -> Callable[[], bool]:
    assigned, first = _assignment(app), (kafka.topic("scored"), 0)
    return lambda: app.started and first in assigned()


def _assignment(app: Any) -> Callable[[], Iterable[Place]]:
    def assigned() -> Iterable[Place]:
        return [(place.topic, place.partition) for place in app.consumer.assignment()]

    return assigned


async def _crashed(app: Any) -> None:
    await app.wait_until_stopped()


def _explain(tasks: "Sequence[asyncio.Task[None]]", app: Any) -> None:
    for task in tasks:
        if task.done() and (error := task.exception()):
            cause = error.exceptions[0] if isinstance(error, BaseExceptionGroup) else error
            log.critical("nothing more is acknowledged: %s", cause)
            return
    log.critical("Kafka's consumer stopped: %r", app.crash_reason)


def _stop_signal() -> asyncio.Event:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    return stopping
