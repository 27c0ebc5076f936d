"""How the policies stand, as Kafka knows it: what is in force, how they decide beside each other, their breakers."""

from collections import Counter
from collections.abc import Callable, Iterator
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


def compared(
    kafka: KafkaSettings, begin: datetime, shadows: bool, newest: int | None = None
) -> "tuple[Comparison, datetime]":
    """What was decided since `begin`, with `shadows` also without effect; and since when it really was counted.

    That is later than `begin` where `newest`, the most records that are read of a partition, did not reach so far.
    """
    from moderation.release.comparison import Comparison

    comparison = Comparison()
    begun = _read(kafka, "decisions", begin, newest, Decided, comparison.add)
    if shadows:
        begun = max(begun, _read(kafka, "shadow", begin, newest, DecidedInShadow, comparison.add_shadow))
    return comparison, begun


def breakers_of(policy: Policy, kafka: KafkaSettings) -> list["BreakerState"]:
    """How the breakers of a policy stand now, by what workers have counted."""
    from moderation.breakers import breaker_states

    return breaker_states(policy, _counts(kafka), datetime.now(UTC)) if policy.breakers else []


def _counts(kafka: KafkaSettings) -> Iterator[tuple[int, bytes, bytes | None]]:
    for record in records(kafka, "counts"):
        if record.key is not None and record.key.startswith(b"breaker:"):
            yield record.partition, record.key, record.value


def _read(
    kafka: KafkaSettings,
    topic: TopicName,
    begin: datetime,
    newest: int | None,
    model: type[Any],
    add: Callable[[Any], None],
) -> datetime:
    """Since when all that was written has been added."""
    firsts: dict[int, float] = {}
    counts: Counter[int] = Counter()
    for record in records(kafka, topic, begin, newest=newest):
        firsts.setdefault(record.partition, record.timestamp)
        counts[record.partition] += 1
        try:
            add(model.model_validate_json(record.value or b""))
        except ValidationError:
            continue  # `moderation decisions` warns of it
    cut = (datetime.fromtimestamp(firsts[own], UTC) for own, count in counts.items() if count == newest)
    return max([begin, *cut])
