"""Whatever the stage and Kafka do, acknowledgements follow delivery, in order, without holes."""

import asyncio
from collections.abc import Awaitable, Sequence

from hypothesis import given
from hypothesis import strategies as st

from moderation.errors import DeliveryError
from streams.messages import Message, Output, Taken
from streams.producer import Rejected
from streams.pump import Pump


class SteppingStage:
    """Answers each batch after a drawn number of turns of the event loop; marked messages make it raise."""

    name = "stepping"
    reads = ("posts",)

    def __init__(self, turns: Sequence[int], raises_on: frozenset[int] = frozenset()) -> None:
        self._turns = turns
        self._raises_on = raises_on
        self._calls = 0

    async def process(self, messages: Sequence[Message]) -> list[list[Output]]:
        self._calls += 1
        await _turns(self._turns[self._calls % len(self._turns)] if self._turns else 0)
        if any(message.offset in self._raises_on for message in messages):
            raise RuntimeError("a bug in the stage")
        return [[Output("scored", 0, None, str(m.offset).encode(), origin=m)] for m in messages]

    async def ready(self) -> None:
        await _turns(1)

    async def close(self) -> None: ...


class SteppingProducer:
    """Confirms each delivery after a drawn number of turns; from `fails_at` on nothing is delivered."""

    def __init__(self, turns: Sequence[int], fails_at: int | None = None, refuses: frozenset[int] = frozenset()):
        self.enqueued: list[Output] = []
        self.delivered: list[Output] = []
        self._turns = turns
        self._fails_at = fails_at
        self._refuses = refuses
        self._calls = 0

    async def enqueue(self, outputs: Sequence[Output]) -> Awaitable[list[Rejected]]:
        self._calls += 1
        self.enqueued += outputs
        failing = self._fails_at is not None and self._calls >= self._fails_at
        delivery = asyncio.ensure_future(self._deliver(outputs, self._calls, failing))
        delivery.add_done_callback(lambda done: done.cancelled() or done.exception())
        return delivery

    async def _deliver(self, outputs: Sequence[Output], call: int, failing: bool) -> list[Rejected]:
        await _turns(self._turns[call % len(self._turns)] if self._turns else 0)
        if failing:
            raise DeliveryError("Kafka is gone")
        refused = [output for output in outputs if output.topic == "scored" and int(output.value) in self._refuses]
        self.delivered += [output for output in outputs if output not in refused]
        return [Rejected(output, "too large") for output in refused]


async def _turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def _taken(offset: int, acknowledged: list[int]) -> Taken:
    message = Message("posts", "moderation.posts", 0, offset, 0.0, None, b"{}")
    return Taken(message, lambda: acknowledged.append(offset))


class Remembering(SteppingStage):
    """Sends something last with every batch."""

    async def process(self, messages: Sequence[Message]) -> list[list[Output]]:
        outputs = await super().process(messages)
        last = messages[-1]
        outputs[-1].append(Output("state", 0, None, str(last.offset).encode(), origin=last, last=True))
        return outputs


turns = st.lists(st.integers(0, 12), min_size=1, max_size=8)


@given(count=st.integers(0, 60), window=st.integers(1, 9), stage=turns, kafka=turns)
def test_every_message_is_acknowledged_once_in_order_after_its_delivery(
    count: int, window: int, stage: list[int], kafka: list[int]
) -> None:
    async def scenario() -> None:
        acknowledged: list[int] = []
        producer = SteppingProducer(kafka)
        pump = Pump(SteppingStage(stage), producer, window=window)
        running = asyncio.create_task(pump.run())
        for offset in range(count):
            await pump.put(_taken(offset, acknowledged))
            sent = {int(output.value) for output in producer.delivered}
            assert set(acknowledged) <= sent
        await pump.drained()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert acknowledged == list(range(count))
        assert [int(output.value) for output in producer.enqueued] == list(range(count))
        assert pump.outstanding == 0

    asyncio.run(scenario())


@given(fails_at=st.integers(1, 8), window=st.integers(1, 5), stage=turns, kafka=turns)
def test_after_a_failed_delivery_nothing_of_it_or_behind_it_is_acknowledged(
    fails_at: int, window: int, stage: list[int], kafka: list[int]
) -> None:
    async def scenario() -> None:
        acknowledged: list[int] = []
        producer = SteppingProducer(kafka, fails_at)
        pump = Pump(SteppingStage(stage), producer, window=window)
        running = asyncio.create_task(pump.run())
        feeding = asyncio.create_task(_feed(pump, 200, acknowledged))
        done, _ = await asyncio.wait([running], timeout=10)
        feeding.cancel()
        assert done, "the pump must end when nothing can be delivered"
        error = running.exception()
        assert isinstance(error, ExceptionGroup)
        assert error.subgroup(DeliveryError)
        delivered = {int(output.value) for output in producer.delivered}
        assert acknowledged == list(range(len(acknowledged)))
        assert set(acknowledged) <= delivered

    asyncio.run(scenario())


async def _feed(pump: Pump, count: int, acknowledged: list[int]) -> None:
    for offset in range(count):
        await pump.put(_taken(offset, acknowledged))


@given(bad=st.frozensets(st.integers(0, 19), max_size=5), window=st.integers(1, 7))
def test_a_stage_that_raises_costs_only_the_message_that_makes_it_raise(bad: frozenset[int], window: int) -> None:
    async def scenario() -> None:
        acknowledged: list[int] = []
        producer = SteppingProducer([])
        pump = Pump(SteppingStage([0], raises_on=bad), producer, window=window)
        running = asyncio.create_task(pump.run())
        await _feed(pump, 20, acknowledged)
        await pump.drained()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        letters = [output for output in producer.delivered if output.topic == "dead-letters"]
        assert {letter.origin.offset for letter in letters if letter.origin} == bad
        assert all(letter.value == b"{}" for letter in letters)
        assert len(producer.delivered) == 20
        assert acknowledged == list(range(20))

    asyncio.run(scenario())


def test_what_the_broker_refuses_becomes_a_dead_letter_before_its_message_is_acknowledged() -> None:
    async def scenario() -> None:
        acknowledged: list[int] = []
        producer = SteppingProducer([], refuses=frozenset({2}))
        pump = Pump(SteppingStage([0]), producer, window=3)
        running = asyncio.create_task(pump.run())
        await _feed(pump, 5, acknowledged)
        await pump.drained()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        [letter] = [output for output in producer.delivered if output.topic == "dead-letters"]
        assert letter.origin is not None
        assert letter.origin.offset == 2
        assert acknowledged == list(range(5))

    asyncio.run(scenario())


def test_a_full_pump_makes_its_feeder_wait() -> None:
    async def scenario() -> None:
        never = asyncio.Event()

        class StuckStage(SteppingStage):
            async def ready(self) -> None:
                await never.wait()

        pump = Pump(StuckStage([0]), SteppingProducer([]), window=2)
        running = asyncio.create_task(pump.run())
        feeding = asyncio.create_task(_feed(pump, 100, []))
        await _turns(500)
        assert not feeding.done()
        assert pump.outstanding < 10
        feeding.cancel()
        running.cancel()
        await asyncio.gather(running, feeding, return_exceptions=True)

    asyncio.run(scenario())


def test_a_closed_pump_finishes_what_it_began_and_begins_nothing_more() -> None:
    async def scenario() -> None:
        acknowledged: list[int] = []
        producer = SteppingProducer([0])
        pump = Pump(SteppingStage([5]), producer, window=2)
        running = asyncio.create_task(pump.run())
        feeding = asyncio.create_task(_feed(pump, 50, acknowledged))
        while not producer.enqueued:
            await _turns(1)
        pump.close()
        await pump.drained()
        count = len(acknowledged)
        assert 0 < count < 50
        assert acknowledged == [int(output.value) for output in producer.delivered]
        await _turns(200)
        assert len(acknowledged) == count
        for task in (feeding, running):
            task.cancel()
        await asyncio.gather(running, feeding, return_exceptions=True)

    asyncio.run(scenario())


@given(count=st.integers(1, 60), window=st.integers(1, 9), stage=turns, kafka=turns)
def test_what_is_sent_last_goes_out_when_its_batch_is_confirmed_and_before_it_is_acknowledged(
    count: int, window: int, stage: list[int], kafka: list[int]
) -> None:
    async def scenario() -> None:
        producer = SteppingProducer(kafka)
        acknowledged: list[int] = []
        seen: list[tuple[int, int]] = []

        def acknowledge(offset: int) -> None:
            remembered = [int(own.value or b"") for own in producer.delivered if own.topic == "state"]
            assert max(remembered) >= offset
            acknowledged.append(offset)

        class Watching(SteppingProducer):
            async def enqueue(self, outputs: Sequence[Output]) -> Awaitable[list[Rejected]]:
                for own in outputs:
                    if own.topic == "state":
                        confirmed = {int(own.value or b"") for own in self.delivered if own.topic == "scored"}
                        assert set(range(int(own.value or b"") + 1)) <= confirmed
                        seen.append((int(own.value or b""), len(confirmed)))
                return await super().enqueue(outputs)

        producer = Watching(kafka)
        pump = Pump(Remembering(stage), producer, window=window)
        running = asyncio.create_task(pump.run())
        for offset in range(count):
            message = _taken(offset, []).message
            await pump.put(Taken(message, lambda offset=offset: acknowledge(offset)))  # type: ignore[misc]
        await pump.drained()
        running.cancel()
        assert acknowledged == list(range(count))
        assert seen

    asyncio.run(scenario())
