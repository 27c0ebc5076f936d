"""The policy stage: scored records and verdicts become decisions and review items."""

from collections.abc import Callable, Sequence

from pydantic import ValidationError

from moderation.errors import InvalidEvent
from moderation.events import Scored, Verdict
from moderation.policy import Policy, evaluate, human_decision
from moderation.settings import TopicName
from streams.dead import letter_for_invalid
from streams.messages import Message, Output


class PolicyStage:
    """scored, verdicts -> decisions, reviews. `policy` gives the policy in force."""

    name = "policy"
    reads: tuple[TopicName, ...] = ("scored", "verdicts")

    def __init__(self, policy: Callable[[], Policy]) -> None:
        self._policy = policy

    async def process(self, messages: Sequence[Message]) -> list[list[Output]]:
        """See `Stage.process`."""
        policy = self._policy()
        return [self._decide(message, policy) for message in messages]

    async def ready(self) -> None:
        """Deciding takes microseconds: always ready."""

    async def close(self) -> None:
        """Nothing is held."""

    def _decide(self, message: Message, policy: Policy) -> list[Output]:
        try:
            if message.topic == "verdicts":
                return self._judged(message)
            return self._scored(message, policy)
        except ValidationError as error:
            problem = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, problem["loc"])) or "value"
            invalid = InvalidEvent(f"not a valid {message.topic} record: {where}: {problem['msg']}")
            return [letter_for_invalid(message, self.name, invalid)]

    def _scored(self, message: Message, policy: Policy) -> list[Output]:
        outcome = evaluate(Scored.model_validate_json(message.value or b""), policy)
        key = outcome.decision.post_id.encode()
        outputs = [Output("decisions", message.partition, key, outcome.decision.to_json(), origin=message)]
        if outcome.review is not None:
            outputs.append(Output("reviews", message.partition, key, outcome.review.to_json(), origin=message))
        return outputs

    def _judged(self, message: Message) -> list[Output]:
        decision = human_decision(Verdict.model_validate_json(message.value or b""))
        key = decision.post_id.encode()
        return [Output("decisions", message.partition, key, decision.to_json(), origin=message)]
