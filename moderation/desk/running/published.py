"""Policies by their hash, as workers published them: an item is shown with the rules that it was decided by."""

import logging
import threading
import time
from pathlib import Path

from moderation.client.policies import PoliciesTopic
from moderation.errors import ModerationError
from moderation.policy import Policy, load_policy
from moderation.release import ReleaseLog, compiled
from moderation.settings import KafkaSettings

log = logging.getLogger(__name__)

_AGAIN_S = 30.0
_KEPT = 50


class Published:
    """Gives a policy by its hash, None where it is not known. For several threads; never raises.

    The topic is read when a hash is asked for that is not known yet, twice a minute at most.
    """

    def __init__(self, kafka: KafkaSettings, file: Path) -> None:
        """`file` is the policy of the settings, which decides before anything is released."""
        self._kafka = kafka
        self._file = file
        self._lock = threading.Lock()
        self._log = ReleaseLog()
        self._read_at = float("-inf")
        self._compiled: dict[str, Policy | None] = {}

    def __call__(self, policy_hash: str) -> Policy | None:
        """The policy of this hash."""
        with self._lock:
            if policy_hash in self._compiled:
                return self._compiled[policy_hash]
            if policy_hash not in self._log.policies and time.monotonic() - self._read_at > _AGAIN_S:
                self._read()
            published = self._log.policies.get(policy_hash)
            try:
                found = compiled(published) if published is not None else self._of_file(policy_hash)
            except ModerationError as error:
                log.warning("policy %s cannot be read by this version: %s", policy_hash[:12], error)
                found = None
            if published is not None or found is not None:
                if len(self._compiled) >= _KEPT:
                    self._compiled.clear()
                self._compiled[policy_hash] = found
            return found

    def _read(self) -> None:
        self._read_at = time.monotonic()
        topic = PoliciesTopic(self._kafka)
        try:
            self._log = topic.read()
        except ModerationError as error:
            log.warning("%s", error)
        finally:
            topic.close()

    def _of_file(self, policy_hash: str) -> Policy | None:
        policy = load_policy(self._file)
        return policy if policy.hash == policy_hash else None
