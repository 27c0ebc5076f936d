"""One real Kafka for the whole ring; topics and groups of its own for each test."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from moderation.broker import KafkaBroker
from moderation.settings import KafkaSettings
from streams import admin


@pytest.fixture(scope="session")
def broker() -> Iterator[KafkaBroker]:
    with KafkaBroker() as broker:
        yield broker


@pytest.fixture
def kafka(broker: KafkaBroker) -> KafkaSettings:
    name = f"test-{uuid4().hex[:12]}"
    kafka = KafkaSettings(bootstrap=broker.bootstrap, topic_prefix=name, group_prefix=name, partitions=4)
    admin.apply(kafka)
    return kafka
