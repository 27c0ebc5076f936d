"""Creates the topics, and checks that what stands on the cluster fits. Blocking: call it outside an event loop."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import KafkaError, TopicAlreadyExistsError

from moderation.client import client_options, require_broker
from moderation.errors import ConfigurationError, ModerationError
from moderation.settings import KafkaSettings
from streams.topology import SHORT, TOPICS, Topic, retention_of

_SEGMENT = 32 * 1024 * 1024
_ROLLED = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Change:
    """What `apply` did, or would do, to one topic."""

    topic: str
    what: str


def configuration(topic: Topic, kafka: KafkaSettings) -> dict[str, str]:
    """The topic's settings on the broker."""
    retention = retention_of(topic, kafka)
    wanted = {
        "cleanup.policy": "compact" if topic.compacted else "delete",
        "retention.ms": "-1" if retention is None else _ms(retention),
        "max.message.bytes": str(topic.max_bytes),
    }
    if retention is not None and topic.retention == SHORT:
        # A record stays until the newest of its segment is old enough, and Kafka's segments take a week to fill.
        wanted["segment.ms"] = _ms(min(_ROLLED, retention))
    # Kafka compacts finished segments only, of 1 GiB each when nothing is said, and a worker reads all there is.
    return wanted | ({"segment.bytes": str(_SEGMENT), "min.cleanable.dirty.ratio": "0.2"} if topic.compacted else {})


def _ms(length: timedelta) -> str:
    return str(int(length.total_seconds() * 1000))


def apply(kafka: KafkaSettings, dry_run: bool = False) -> list[Change]:
    """Create missing topics and set retention and size of the others, their other settings untouched; repeatable.

    Raises `BrokerUnavailable`, and `ConfigurationError` where a topic has another number of partitions than
    `kafka.partitions`: a post's records travel on the partition it came from, and partitions that are added
    later would break its order.
    """
    with _admin(kafka) as admin:
        existing = _partitions(admin)
        _refuse_other_partitions(kafka, existing)
        missing = [topic for topic in TOPICS.values() if kafka.topic(topic.name) not in existing]
        outdated = [topic for topic in TOPICS.values() if topic not in missing and _differs(admin, kafka, topic)]
        if not dry_run:
            _create(admin, kafka, missing)
            _configure(admin, kafka, outdated)
    changes = [Change(kafka.topic(topic.name), f"create, {kafka.partitions} partitions") for topic in missing]
    return changes + [Change(kafka.topic(topic.name), "set retention and size") for topic in outdated]


def check(kafka: KafkaSettings) -> None:
    """Raises `ConfigurationError` unless every topic is there, all with one number of partitions."""
    with _admin(kafka) as admin:
        existing = _partitions(admin)
    names = [kafka.topic(name) for name in TOPICS]
    if missing := [name for name in names if name not in existing]:
        raise ConfigurationError(f"topics are missing: {', '.join(missing)}; run: moderation topics apply")
    if len({existing[name] for name in names}) > 1:
        counts = ", ".join(f"{name} has {existing[name]}" for name in names)
        raise ConfigurationError(f"all topics need the same number of partitions, but {counts}")


@contextmanager
def _admin(kafka: KafkaSettings) -> Iterator[Any]:
    require_broker(kafka)
    try:
        admin = KafkaAdminClient(**client_options(kafka))
        try:
            yield admin
        finally:
            admin.close()
    except KafkaError as error:
        raise ModerationError(f"the cluster at {kafka.bootstrap} refuses: {error}") from error


def _partitions(admin: Any) -> dict[str, int]:
    return {topic["name"]: len(topic["partitions"]) for topic in admin.describe_topics()}


def _refuse_other_partitions(kafka: KafkaSettings, existing: dict[str, int]) -> None:
    wrong = [
        f"{name} has {existing[name]}"
        for name in map(kafka.topic, TOPICS)
        if existing.get(name, kafka.partitions) != kafka.partitions
    ]
    if wrong:
        raise ConfigurationError(
            f"every topic must have the same number of partitions, {kafka.partitions} are asked for, but "
            f"{', '.join(wrong)}: set MODERATION_KAFKA_PARTITIONS to what stands, or use another "
            "MODERATION_KAFKA_TOPIC_PREFIX"
        )


def _create(admin: Any, kafka: KafkaSettings, topics: list[Topic]) -> None:
    wanted = {
        kafka.topic(topic.name): {
            "num_partitions": kafka.partitions,
            "replication_factor": kafka.replication,
            "configs": configuration(topic, kafka),
        }
        for topic in topics
    }
    if not wanted:
        return
    try:
        admin.create_topics(wanted, wait_for_metadata=True)
    except TopicAlreadyExistsError:  # another `topics apply` came first
        admin.wait_for_topics(list(wanted))


def _differs(admin: Any, kafka: KafkaSettings, topic: Topic) -> bool:
    wanted = configuration(topic, kafka)
    name = kafka.topic(topic.name)
    resource = ConfigResource(ConfigResourceType.TOPIC, name, wanted)
    actual = admin.describe_configs([resource], config_filter="all")["topic"][name]
    return any(actual[key]["value"] != value for key, value in wanted.items())


def _configure(admin: Any, kafka: KafkaSettings, topics: list[Topic]) -> None:
    resources = [
        ConfigResource(ConfigResourceType.TOPIC, kafka.topic(topic.name), configuration(topic, kafka))
        for topic in topics
    ]
    if resources:
        for name, result in admin.alter_configs(resources).get("topic", {}).items():
            if result != "OK":
                raise ModerationError(f"the settings of topic {name} cannot be changed: {result}")
