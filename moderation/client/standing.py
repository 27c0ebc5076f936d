"""How the policies stand, as Kafka knows it: what is in force, how they decide beside each other, their breakers."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from moderation import settings
from moderation.client.reading import records
from moderation.policy import Policy, load_policy
from moderation.release import ReleaseLog, compiled
from moderation.release.decided import Decided, DecidedInShadow
from moderation.settings import KafkaSettings, TopicName

if TYPE_CHECKING:
    from moderation.breakers import BreakerState
    from moderation.release.comparison import Comparison


def live_policy(log: ReleaseLog) -> Policy:
    """The policy that was released, or the one of the settings before the first release. Raises `PolicyError`."""
    published = log.policies.get(log.current.live) if log.current else None
    return compiled(published) if published else load_policy(settings.load().policy)


def compared(kafka: KafkaSettings, begin: datetime, shadows: bool) -> "Comparison":
    """What was decided since then; with `shadows` also what was decided without effect."""
    from moderation.release.comparison import Comparison

    comparison = Comparison()
    for decided in _read(kafka, "decisions", begin, Decided):
        comparison.add(decided)
    if shadows:
        for shadow in _read(kafka, "shadow", begin, DecidedInShadow):
            comparison.add_shadow(shadow)
    return comparison


def breakers_of(policy: Policy, kafka: KafkaSettings) -> list["BreakerState"]:
    """How the breakers of a policy stand now, by what workers have counted."""
    from moderation.breakers import breaker_states

    return breaker_states(policy, _counts(kafka), datetime.now(UTC)) if policy.breakers else []


def _counts(kafka: KafkaSettings) -> Iterator[tuple[int, bytes, bytes | None]]:
    for record in records(kafka, "counts"):
        if record.key is not None and record.key.startswith(b"breaker:"):
            yield record.partition, record.key, record.value


def _read(kafka: KafkaSettings, topic: TopicName, begin: datetime, model: type[Any]) -> Iterator[Any]:
    for record in records(kafka, topic, begin):
        try:
            yield model.model_validate_json(record.value or b"")
        except ValidationError:
            continue  # `moderation decisions` warns of it
