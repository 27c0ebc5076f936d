"""Creates the topics, and checks that what stands on the cluster fits."""

from dataclasses import dataclass
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaConnectionError, KafkaError, for_code

from moderation.errors import BrokerUnavailable, ConfigurationError, ModerationError
from moderation.settings import KafkaSettings
from streams.security import aiokafka_options
from streams.topology import TOPICS, Topic


@dataclass(frozen=True, slots=True)
class Change:
    """What `apply` did, or would do, to one topic."""

    topic: str
    what: str


def configuration(topic: Topic) -> dict[str, str]:
    """The topic's settings on the broker."""
    retention_ms = -1 if topic.retention is None else int(topic.retention.total_seconds() * 1000)
    return {
        "cleanup.policy": "compact" if topic.compacted else "delete",
        "retention.ms": str(retention_ms),
        "max.message.bytes": str(topic.max_bytes),
    }


async def apply(kafka: KafkaSettings, dry_run: bool = False) -> list[Change]:
    """Create missing topics and set retentions on the others; safe to repeat.

    Raises `ConfigurationError` where a topic has another number of partitions than `kafka.partitions`: a post's
    records travel on the partition it came from, and adding partitions later would break its order.
    """
    admin = await _connect(kafka)
    try:
        existing = await _partitions(admin)
        _check_partitions(kafka, existing)
        missing = [topic for topic in TOPICS.values() if kafka.topic(topic.name) not in existing]
        changes = [Change(kafka.topic(topic.name), "create") for topic in missing]
        settled = [topic for topic in TOPICS.values() if topic not in missing]
        outdated = [topic for topic in settled if await _differs(admin, kafka, topic)]
        changes += [Change(kafka.topic(topic.name), "set retention and size") for topic in outdated]
        if not dry_run:
            await _create(admin, kafka, missing)
            await _configure(admin, kafka, outdated)
        return changes
    finally:
        await admin.close()


async def check(kafka: KafkaSettings) -> None:
    """Raise `ConfigurationError` unless every topic is there, all with one number of partitions."""
    admin = await _connect(kafka)
    try:
        existing = await _partitions(admin)
    finally:
        await admin.close()
    ours = {kafka.topic(name): existing.get(kafka.topic(name)) for name in TOPICS}
    if missing := [name for name, count in ours.items() if count is None]:
        raise ConfigurationError(f"topics are missing: {', '.join(missing)}; run: moderation topics apply")
    if len(set(ours.values())) > 1:
        counts = ", ".join(f"{name}: {count}" for name, count in ours.items())
        raise ConfigurationError(f"all topics need the same number of partitions, found {counts}")


async def _connect(kafka: KafkaSettings) -> Any:
    admin = AIOKafkaAdminClient(**aiokafka_options(kafka))
    try:
        await admin.start()
    except KafkaConnectionError as error:
        await admin.close()
        raise BrokerUnavailable(
            f"no Kafka broker answers at {kafka.bootstrap}; start one with: moderation broker"
        ) from error
    return admin


async def _partitions(admin: Any) -> dict[str, int]:
    return {topic["topic"]: len(topic["partitions"]) for topic in await admin.describe_topics()}


def _check_partitions(kafka: KafkaSettings, existing: dict[str, int]) -> None:
    wrong = [
        f"{name} has {existing[name]}"
        for name in map(kafka.topic, TOPICS)
        if existing.get(name, kafka.partitions) != kafka.partitions
    ]
    if wrong:
        raise ConfigurationError(
            f"every topic must have the same number of partitions ({kafka.partitions} asked for, "
            f"{', '.join(wrong)}): set MODERATION_KAFKA_PARTITIONS to what stands, or use another "
            "MODERATION_KAFKA_TOPIC_PREFIX"
        )


async def _create(admin: Any, kafka: KafkaSettings, topics: list[Topic]) -> None:
    response = await admin.create_topics(
        [
            NewTopic(kafka.topic(topic.name), kafka.partitions, kafka.replication, topic_configs=configuration(topic))
            for topic in topics
        ]
    )
    for name, code, *message in response.topic_errors:
        # Another `topics apply` may have come first (36: TopicAlreadyExists).
        if code not in (0, 36):
            raise ModerationError(f"topic {name} cannot be created: {for_code(code).__name__}: {message}")


async def _differs(admin: Any, kafka: KafkaSettings, topic: Topic) -> bool:
    wanted = configuration(topic)
    resource = ConfigResource(ConfigResourceType.TOPIC, kafka.topic(topic.name), dict.fromkeys(wanted))
    [response] = await admin.describe_configs([resource])
    [(code, _, _, _, entries)] = response.resources
    if code:
        raise ModerationError(f"topic {kafka.topic(topic.name)} cannot be read: {for_code(code).__name__}")
    actual = {entry[0]: entry[1] for entry in entries}
    return any(actual.get(name) != value for name, value in wanted.items())


async def _configure(admin: Any, kafka: KafkaSettings, topics: list[Topic]) -> None:
    resources = [
        ConfigResource(ConfigResourceType.TOPIC, kafka.topic(topic.name), configuration(topic)) for topic in topics
    ]
    try:
        await admin.alter_configs(resources)
    except KafkaError as error:
        raise ModerationError(f"topic settings cannot be changed: {error}") from error
