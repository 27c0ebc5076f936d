"""`moderation topics apply` on a real broker."""

import time
from uuid import uuid4

import pytest
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType

from moderation.errors import BrokerUnavailable, ConfigurationError
from moderation.settings import KafkaSettings
from streams import admin
from streams.topology import TOPICS


@pytest.fixture
def empty(kafka: KafkaSettings) -> KafkaSettings:
    """The broker, under a prefix that has no topics yet."""
    return kafka.model_copy(update={"topic_prefix": f"empty-{uuid4().hex[:8]}", "partitions": 3})


def test_apply_creates_every_topic_once_and_then_has_nothing_to_do(empty: KafkaSettings) -> None:
    with pytest.raises(ConfigurationError, match="moderation topics apply"):
        admin.check(empty)
    assert len(admin.apply(empty, dry_run=True)) == len(TOPICS)
    assert {change.topic for change in admin.apply(empty)} == {empty.topic(name) for name in TOPICS}
    assert admin.apply(empty) == []
    admin.check(empty)


def test_apply_sets_what_was_changed_and_leaves_other_settings_alone(empty: KafkaSettings) -> None:
    admin.apply(empty)
    name = empty.topic("posts")
    client = KafkaAdminClient(bootstrap_servers=empty.bootstrap)
    try:
        changed = {"retention.ms": "1000", "segment.bytes": "20000000"}
        resource = ConfigResource(ConfigResourceType.TOPIC, name, changed)
        client.alter_configs([resource])
        deadline = time.monotonic() + 30
        while (
            client.describe_configs([resource], config_filter="all")["topic"][name]["retention.ms"]["value"] != "1000"
        ):
            assert time.monotonic() < deadline, "the broker never showed the change"
        [change] = admin.apply(empty)
        assert change.topic == name
        actual = client.describe_configs([resource], config_filter="all")["topic"][name]
    finally:
        client.close()
    assert actual["retention.ms"]["value"] == admin.configuration(TOPICS["posts"], empty)["retention.ms"]
    assert actual["segment.bytes"]["value"] == "20000000"


def test_another_number_of_partitions_is_refused(empty: KafkaSettings) -> None:
    admin.apply(empty)
    with pytest.raises(ConfigurationError, match="MODERATION_KAFKA_PARTITIONS"):
        admin.apply(empty.model_copy(update={"partitions": 5}))


def test_no_broker_is_one_clear_sentence() -> None:
    with pytest.raises(BrokerUnavailable, match="moderation broker"):
        admin.apply(KafkaSettings(bootstrap="127.0.0.1:1"))
