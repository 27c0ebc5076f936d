"""The policies topic for people: read to its end, publish a policy, release it and see whether that counts."""

from uuid import uuid4

from moderation.client.connection import quiet
from moderation.client.reading import Reader
from moderation.client.sending import Outgoing, Sender
from moderation.errors import DeliveryError, DeliveryTimeout, ReleaseError
from moderation.events import PublishedPolicy, Release
from moderation.release import PARTITION, ReleaseLog, key_of
from moderation.settings import KafkaSettings

_TIMEOUT_S = 30.0
_LARGEST = 4_000_000  # of the topic's 4 MiB


class PoliciesTopic:
    """A connection for one command; close it. Raises `BrokerUnavailable`, `ConfigurationError`, `DeliveryError`."""

    def __init__(self, kafka: KafkaSettings) -> None:
        self._kafka = kafka
        self._sender = Sender(kafka, _TIMEOUT_S, _LARGEST)

    def read(self) -> ReleaseLog:
        """All that stands there now."""
        log = ReleaseLog()
        reader = Reader(self._kafka, "policies", follow=False, places={PARTITION: 0})
        try:
            for record in reader:
                log.add(record.key, record.value, record.offset)
        finally:
            reader.close()
        return log

    def publish(self, policy: PublishedPolicy) -> None:
        """Put a policy there, under its hash."""
        self._send(policy.hash.encode(), policy.to_json(), f"policy {policy.name}")

    def release(self, release: Release) -> None:
        """Release, and raise `ReleaseError` if somebody else's release came first."""
        offset = self._send(key_of(release, str(uuid4())), release.to_json(), f"release {release.number}")
        log = self.read()
        if not log.counts(offset):
            first = log.releases[release.number - 1]
            raise ReleaseError(
                f"not released: {first.by} was faster, release {first.number} is theirs; look at `moderation policy "
                "status`, then decide again"
            )

    def close(self) -> None:
        """Disconnect."""
        with quiet():  # it calls what it had begun, and nobody needs, a failure
            self._sender.close()

    def _send(self, key: bytes, value: bytes, name: str) -> int:
        try:
            return self._sender.send(Outgoing("policies", key, value, name, PARTITION)).offset
        except DeliveryTimeout as error:
            raise DeliveryError(f"{error}; `moderation policy history` says whether it has") from error
