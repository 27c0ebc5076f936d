"""The policy in force: read from its files, announced on the policies topic, replaced while the worker runs.

The announcement comes before the first decision, so that every hash that a decision names can be looked up.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from moderation.errors import PolicyError
from moderation.events import PublishedPolicy
from moderation.policy import Policy, load_policy
from moderation.policy.files import Stamp, stamp_of
from moderation.release import InForce
from streams.messages import Output

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0


class PolicyFile:
    """Follows one policy and the files it includes. A change with an error is logged and the policy in force stays."""

    def __init__(self, path: Path, announce: Callable[[Output], Awaitable[None]]) -> None:
        self._path = path
        self._announce = announce
        self._policy = load_policy(path)
        self._files: Mapping[Path, Stamp | None] = self._policy.files

    def current(self) -> InForce:
        """The policies in force."""
        return InForce(self._policy)

    async def start(self) -> None:
        """Announce the first policy."""
        await self._announce(_announcement(self._policy))

    async def follow(self) -> None:
        """Look for changes until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            if any(stamp_of(path) != stamp for path, stamp in self._files.items()):
                await self._reload()

    async def _reload(self) -> None:
        try:
            policy = await asyncio.to_thread(load_policy, self._path)
        except PolicyError as error:
            self._files = error.files
            log.error("the changed policy is not used, %s stays in force:\n%s", self._policy.hash[:12], error)
            return
        self._files = policy.files
        if policy.hash != self._policy.hash:
            await self._announce(_announcement(policy))
            log.info("policy %s: %s replaces %s", policy.name, policy.hash[:12], self._policy.hash[:12])
            self._policy = policy


def _announcement(policy: Policy) -> Output:
    published = PublishedPolicy(name=policy.name, hash=policy.hash, source=policy.source)
    return Output("policies", 0, policy.hash.encode(), published.to_json())
