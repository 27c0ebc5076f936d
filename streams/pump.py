"""The heart of a worker: takes messages, has a stage work on them, delivers, and only then acknowledges, in order.

Three tasks over bounded queues, so that one batch is prepared while another is with the model and a third is on
its way to Kafka:

    put -> inbox -> [take] -> working -> [send] -> sent -> [acknowledge]

What a stage remembers goes out `last`: when all else of the batch is confirmed, and before it is acknowledged. So
whoever finds it on Kafka may count on every decision behind it.

Results are sent and acknowledged in the order the messages came, whatever order they are ready in. A full queue
stops `put`, which stops the pull from Kafka: Kafka holds the backlog. When delivery fails for good `run` raises,
nothing more is acknowledged, and the process must end.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Sequence
from typing import Protocol

from moderation.errors import DeliveryError, StateError
from streams.dead import letter_for_crash, letter_for_rejection
from streams.messages import Message, Output, Stage, Taken
from streams.observer import Observer
from streams.producer import Rejected

log = logging.getLogger(__name__)

DELIVERIES_AT_ONCE = 2
"""While so many batches are unconfirmed, no further one is begun."""

Delivery = Awaitable[list[Rejected]]


class Delivers(Protocol):
    """What the pump needs of a producer."""

    async def enqueue(self, outputs: Sequence[Output]) -> Delivery: ...


class Pump:
    """Moves messages through one stage. `window` is the most that the stage is given at once."""

    def __init__(
        self,
        stage: Stage,
        producer: Delivers,
        *,
        window: int,
        batches_in_flight: int = 4,
        observer: Observer | None = None,
    ) -> None:
        self._stage = stage
        self._producer = producer
        self._window = window
        self._observer = observer or Observer()
        self._inbox: asyncio.Queue[Taken] = asyncio.Queue(maxsize=2 * window)
        self._working: asyncio.Queue[tuple[list[Taken], asyncio.Task[list[list[Output]]]]]
        self._working = asyncio.Queue(maxsize=batches_in_flight)
        self._sent: asyncio.Queue[tuple[list[Taken], Delivery, list[Output]]]
        self._sent = asyncio.Queue(maxsize=batches_in_flight)
        self._closed = False
        self._put = 0
        self._taken = 0
        self._done = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._delivering = 0
        self._delivered = asyncio.Event()

    @property
    def outstanding(self) -> int:
        """Messages put and not yet acknowledged."""
        return self._put - self._done

    async def put(self, taken: Taken) -> None:
        """Hand over the next message; waits while the pump is full, for ever once it is closed."""
        if self._closed:
            await asyncio.get_running_loop().create_future()
        self._put += 1
        self._idle.clear()
        await self._inbox.put(taken)

    def close(self) -> None:
        """Begin no more work. What waits in the inbox stays un-acknowledged, for whoever reads it next."""
        self._closed = True
        self._note_if_idle()

    async def drained(self) -> None:
        """Return when all work that was begun is acknowledged, and, unless closed, all that was put."""
        await self._idle.wait()

    def _note_if_idle(self) -> None:
        if self._done == (self._taken if self._closed else self._put):
            self._idle.set()

    async def run(self) -> None:
        """Work until cancelled. Raises `DeliveryError` when outputs cannot be delivered, `StateError` when what is
        remembered cannot be read."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._take(tasks))
            tasks.create_task(self._send())
            tasks.create_task(self._acknowledge())

    async def _take(self, tasks: asyncio.TaskGroup) -> None:
        while True:
            batch = [await self._inbox.get()]
            await self._stage.ready()
            await self._deliveries_settle()
            if self._closed:
                return
            with contextlib.suppress(asyncio.QueueEmpty):
                while len(batch) < self._window:
                    batch.append(self._inbox.get_nowait())
            self._taken += len(batch)
            self._observer.taken(batch)
            await self._working.put((batch, tasks.create_task(self._process(batch))))

    async def _deliveries_settle(self) -> None:
        """Let a batch grow while earlier ones are on their way: a stage that is always ready (the policy) would
        else send one message at a time, measured at a quarter of the rate."""
        await asyncio.sleep(0)
        while self._delivering >= DELIVERIES_AT_ONCE:
            self._delivered.clear()
            await self._delivered.wait()

    async def _process(self, batch: list[Taken]) -> list[list[Output]]:
        messages = [taken.message for taken in batch]
        try:
            return await self._stage.process(messages)
        except StateError:
            raise  # without what is remembered nothing may be decided
        except Exception:
            # A stage must not raise; one that does has a bug. One by one finds the message that meets it.
            log.exception("stage %s failed on a batch of %d; trying one by one", self._stage.name, len(batch))
            return [await self._process_one(message) for message in messages]

    async def _process_one(self, message: Message) -> list[Output]:
        try:
            [outputs] = await self._stage.process([message])
        except Exception as error:
            return [letter_for_crash(message, self._stage.name, error)]
        return outputs

    async def _send(self) -> None:
        while True:
            batch, work = await self._working.get()
            outputs = await work
            self._observer.processed(batch)
            self._delivering += 1
            delivery = await self._enqueue([own for group in outputs for own in group if not own.last])
            await self._sent.put((batch, delivery, [own for group in outputs for own in group if own.last]))

    async def _enqueue(self, outputs: Sequence[Output]) -> Delivery:
        self._observer.sending(outputs)
        return await self._producer.enqueue(outputs)

    async def _confirm(self, delivery: Delivery) -> None:
        """Await the delivery; what the broker refuses becomes a dead letter of the message it came from."""
        rejected = await delivery
        if rejected:
            letters = [letter_for_rejection(self._stage.name, refusal) for refusal in rejected]
            for refusal in await (await self._enqueue(letters)):
                raise DeliveryError(f"Kafka refused even the dead letter: {refusal.reason}")

    async def _acknowledge(self) -> None:
        while True:
            batch, delivery, last = await self._sent.get()
            await self._confirm(delivery)
            self._observer.decided(batch)
            if last:
                await self._confirm(await self._enqueue(last))
            self._delivering -= 1
            self._delivered.set()
            self._observer.delivered(batch)
            for taken in batch:
                taken.acknowledge()
            self._done += len(batch)
            self._note_if_idle()
            self._observer.acknowledged(batch)
