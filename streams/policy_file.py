"""The policy in force: read from its file, announced on the policies topic, replaced while the worker runs.

The announcement comes before the first decision, so that every hash that a decision names can be looked up.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from moderation.errors import PolicyError
from moderation.events import PublishedPolicy
from moderation.policy import Policy, load_policy
from streams.messages import Output

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0


class PolicyFile:
    """Follows one policy file. A change with an error is logged and the policy in force stays."""

    def __init__(self, path: Path, announce: Callable[[Output], Awaitable[None]]) -> None:
        self._path = path
        self._announce = announce
        self._stamp = self._read_stamp()
        self._policy = load_policy(path)

    def current(self) -> Policy:
        """The policy in force."""
        return self._policy

    async def start(self) -> None:
        """Announce the first policy."""
        await self._announce(_announcement(self._policy))

    async def follow(self) -> None:
        """Look for changes until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            stamp = self._read_stamp()
            if stamp != self._stamp:
                self._stamp = stamp
                await self._reload()

    async def _reload(self) -> None:
        try:
            policy = await asyncio.to_thread(load_policy, self._path)
        except PolicyError as error:
            log.error("the changed policy is not used, %s stays in force:\n%s", self._policy.hash[:12], error)
            return
        if policy.hash != self._policy.hash:
            await self._announce(_announcement(policy))
            log.info("policy %s: %s replaces %s", policy.name, policy.hash[:12], self._policy.hash[:12])
            self._policy = policy

    def _read_stamp(self) -> tuple[int, int] | None:
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size


def _announcement(policy: Policy) -> Output:
    published = PublishedPolicy(name=policy.name, hash=policy.hash, source=policy.source)
    return Output("policies", 0, policy.hash.encode(), published.to_json())
