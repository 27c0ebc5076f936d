"""Who is in a stage's consumer group."""

import logging
from types import TracebackType

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from moderation.client import client_options
from moderation.settings import KafkaSettings

# Faust describes its members in a format of its own, which kafka-python reports each time.
logging.getLogger("kafka.admin._groups").setLevel(logging.ERROR)


class Groups:
    """The consumer groups of one cluster; a context manager."""

    def __init__(self, kafka: KafkaSettings) -> None:
        self._kafka = kafka
        self._admin = KafkaAdminClient(**client_options(kafka))

    def members(self, stage: str) -> int:
        """How many workers of a stage read now; 0 while they still come to terms about who reads what."""
        group = self._kafka.group(stage)
        try:
            found = self._admin.describe_groups([group])[group]
        except KafkaError:  # the coordinator is being chosen, or there is no such group yet
            return 0
        return len(found["members"]) if found["group_state"] == "Stable" else 0

    def __enter__(self) -> "Groups":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._admin.close()
