"""What alarms there were of policies, as `moderation.alarms` has them."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime

from pydantic import ValidationError

from moderation.client.reading import Record, records
from moderation.events import Alarm
from moderation.settings import KafkaSettings

OF_POLICIES = frozenset({"breaker_open", "breaker_half_open", "breaker_closed", "canary_rolled_back"})
"""The kinds that say something of a policy; what is past due says something of people's work."""


def of_policies(kafka: KafkaSettings, begin: datetime, newest: int) -> tuple[list[Alarm], datetime]:
    """Alarms of policies since `begin`, each once, the newest first; and since when all of them are there.

    That is later than `begin` where `newest`, the most records that are read of a partition, did not reach so far.
    Raises `BrokerUnavailable`, and `ConfigurationError` where the topic is missing.
    """
    return latest(records(kafka, "alarms", begin, newest=newest), begin, newest)


def latest(found: Iterable[Record], begin: datetime, newest: int) -> tuple[list[Alarm], datetime]:
    """The same of records, those of one partition in their order."""
    alarms: dict[str, Alarm] = {}
    firsts: dict[int, float] = {}
    counts: Counter[int] = Counter()
    for record in found:
        firsts.setdefault(record.partition, record.timestamp)
        counts[record.partition] += 1
        try:
            alarm = Alarm.model_validate_json(record.value or b"")
        except ValidationError:
            continue  # `moderation alarms` warns of it
        if alarm.kind in OF_POLICIES:
            alarms.setdefault(alarm.alarm_id, alarm)
    cut = (datetime.fromtimestamp(firsts[own], UTC) for own, count in counts.items() if count == newest)
    return sorted(alarms.values(), key=lambda alarm: alarm.at, reverse=True), max([begin, *cut])
