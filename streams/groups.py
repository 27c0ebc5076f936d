"""Who is in a stage's consumer group."""

import logging

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from moderation.client import client_options
from moderation.settings import KafkaSettings

# Faust describes its members in a format of its own, which kafka-python reports each time.
logging.getLogger("kafka.admin._groups").setLevel(logging.ERROR)


def members(kafka: KafkaSettings, stage: str) -> int:
    """How many workers of a stage read now; 0 while they still come to terms about who reads what."""
    group = kafka.group(stage)
    admin = KafkaAdminClient(**client_options(kafka))
    try:
        found = admin.describe_groups([group])[group]
    except KafkaError:  # the coordinator is being chosen, or there is no such group yet
        return 0
    finally:
        admin.close()
    return len(found["members"]) if found["group_state"] == "Stable" else 0
