"""The policy stage: scored records and verdicts become decisions, review items and what else follows."""

import asyncio
from collections.abc import Callable, Sequence

from moderation.deciders import Deciders
from moderation.deciding import Effects
from moderation.errors import InvalidEvent
from moderation.events import Event, Scored, Verdict
from moderation.release import InForce
from moderation.settings import TopicName
from moderation.state import Change
from streams.dead import letter_for_invalid
from streams.events import read_event
from streams.memories import Remembered
from streams.messages import Message, Output
from streams.observer import Observer
from streams.topology import READS


class PolicyStage:
    """scored, verdicts -> decisions, reviews, shadow, alarms, and what is remembered: state, counts.

    `in_force` gives the policies in force. Before its first record, a partition's memory is read from `remembered`.
    """

    name = "policy"
    reads = READS["policy"]
    window: int | None = None
    in_flight = 4
    slowest_s = 0.0

    def __init__(
        self, in_force: Callable[[], InForce], remembered: Remembered, observer: Observer | None = None
    ) -> None:
        self._remembered = remembered
        self._deciders = Deciders(in_force)
        self._observer = observer or Observer()
        self._turn = asyncio.Lock()
        self._assignments = 0
        self._looking = asyncio.Event()
        self._informed = asyncio.Event()

    async def process(self, messages: Sequence[Message]) -> list[list[Output]]:
        """See `Stage.process`. Batches are decided in the order in which they come."""
        async with self._turn:
            await self._remember({message.partition for message in messages})
            found = [self._decide(message) for message in messages]
            self._observer.concluded([own for own in found if isinstance(own, Effects)])
            outputs = [
                _outputs(own, message) if isinstance(own, Effects) else [own]
                for own, message in zip(found, messages, strict=True)
            ]
            last = {message.partition: place for place, message in enumerate(messages)}
            for partition, place in last.items():
                outputs[place] += _changed(self._deciders[partition].changes(), messages[place])
        return outputs

    async def ready(self) -> None:
        """Deciding takes microseconds: always ready."""

    def reassigned(self) -> None:
        """See `Stage.reassigned`."""
        self._assignments += 1
        self._deciders.forget()

    async def follow(self) -> None:
        """Keep up with what is counted on all partitions, once a policy asks for it; until cancelled."""
        await self._looking.wait()
        async for counted in self._remembered.counts():
            for partition, change in counted:
                self._deciders.elsewhere(partition, change)
            self._informed.set()

    async def close(self) -> None:
        """Nothing is held."""

    async def _remember(self, partitions: set[int]) -> None:
        """Have a decider for each of them, and what others have counted where that matters."""
        if self._deciders.look_elsewhere and not self._informed.is_set():
            self._looking.set()
            await self._informed.wait()
        while missing := {own for own in partitions if own not in self._deciders}:
            assignments = self._assignments
            found = await self._remembered.read(missing)
            if assignments == self._assignments:  # else another worker may have gone on meanwhile
                for partition, changes in found.items():
                    self._deciders.begin(partition, changes)

    def _decide(self, message: Message) -> Effects | Output:
        """What follows from it, or its dead letter."""
        decider = self._deciders[message.partition]
        what = f"{message.topic} record"
        try:
            if message.topic == "verdicts":
                return decider.verdict(read_event(Verdict, message.value, what))
            return decider.record(read_event(Scored, message.value, what), message.offset)
        except InvalidEvent as error:
            return letter_for_invalid(message, self.name, error)


def _outputs(effects: Effects, message: Message) -> list[Output]:
    key = effects.decision.post_id.encode()
    events: list[tuple[TopicName, bytes, Event]] = [("decisions", key, effects.decision)]
    if effects.review is not None:
        events.append(("reviews", key, effects.review))
    events += [("shadow", key, shadow) for shadow in effects.shadows]
    events += [("alarms", alarm.alarm_id.encode(), alarm) for alarm in effects.alarms]
    return [Output(topic, message.partition, own, event.to_json(), origin=message) for topic, own, event in events]


def _changed(changes: Sequence[Change], message: Message) -> list[Output]:
    """What is remembered, sent when every decision that it rests on is confirmed."""
    return [Output(own.topic, message.partition, own.key, own.value, origin=message, last=True) for own in changes]
