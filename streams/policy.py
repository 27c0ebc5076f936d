"""The policy stage: scored records and verdicts become decisions, review items and what else follows."""

from collections.abc import Callable, Sequence

from pydantic import ValidationError

from moderation.deciding import Decider, Effects
from moderation.errors import InvalidEvent
from moderation.events import Event, Scored, Verdict
from moderation.release import InForce
from moderation.settings import TopicName
from streams.dead import letter_for_invalid
from streams.messages import Message, Output


class PolicyStage:
    """scored, verdicts -> decisions, reviews, shadow, alarms. `in_force` gives the policies in force."""

    name = "policy"
    reads: tuple[TopicName, ...] = ("scored", "verdicts")

    def __init__(self, in_force: Callable[[], InForce]) -> None:
        self._in_force = in_force
        self._deciders: dict[int, Decider] = {}

    async def process(self, messages: Sequence[Message]) -> list[list[Output]]:
        """See `Stage.process`."""
        return [self._decide(message) for message in messages]

    async def ready(self) -> None:
        """Deciding takes microseconds: always ready."""

    async def close(self) -> None:
        """Nothing is held."""

    def _decide(self, message: Message) -> list[Output]:
        decider = self._deciders.get(message.partition)
        if decider is None:
            decider = self._deciders[message.partition] = Decider(self._in_force)
        try:
            if message.topic == "verdicts":
                effects = decider.verdict(Verdict.model_validate_json(message.value or b""))
            else:
                effects = decider.record(Scored.model_validate_json(message.value or b""), message.offset)
        except ValidationError as error:
            problem = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, problem["loc"])) or "value"
            invalid = InvalidEvent(f"not a valid {message.topic} record: {where}: {problem['msg']}")
            return [letter_for_invalid(message, self.name, invalid)]
        return _outputs(effects, message)


def _outputs(effects: Effects, message: Message) -> list[Output]:
    key = effects.decision.post_id.encode()
    events: list[tuple[TopicName, bytes, Event]] = [("decisions", key, effects.decision)]
    if effects.review is not None:
        events.append(("reviews", key, effects.review))
    events += [("shadow", key, shadow) for shadow in effects.shadows]
    events += [("alarms", alarm.alarm_id.encode(), alarm) for alarm in effects.alarms]
    return [Output(topic, message.partition, own, event.to_json(), origin=message) for topic, own, event in events]
