"""The policies in force: those of the newest release; of the policy file, where nothing was released yet.

Whatever decides stands on the policies topic before it does, so that every hash that a decision names can be looked
up. A switch is one assignment: what is decided in one go is decided by one release.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path

from moderation.errors import PolicyError
from moderation.events import PublishedPolicy, Release
from moderation.policy import Policy
from moderation.release import PARTITION, InForce, ReleaseLog, build
from moderation.release.steps import SHOWN, described
from streams.messages import Output
from streams.policies_topic import Feed, Published
from streams.policy_file import PolicyFile

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0


class Policies:
    """Follows the policies topic, and the policy file as long as that is in force."""

    def __init__(self, path: Path, feed: Feed, announce: Callable[[Output], Awaitable[None]]) -> None:
        self.log = ReleaseLog()
        self.release: Release | None = None
        self._file = PolicyFile(path)
        self._feed = feed
        self._announce = announce
        self._in_force: InForce | None = None
        self._refused: set[int] = set()
        self._more = asyncio.Event()

    def current(self) -> InForce:
        """The policies in force."""
        assert self._in_force is not None, "not started"
        return self._in_force

    async def start(self) -> None:
        """Find what is in force. Raises `PolicyError` where that is the file, and the file cannot be used."""
        await self._add(await self._feed.start())
        if self.release is None:
            policy = await asyncio.to_thread(self._file.load)
            await self._publish(policy)
            self._in_force = InForce(policy)
        else:
            self._file.changed()  # from here on

    async def follow(self) -> None:
        """Keep up with the topic and the file until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._follow_topic())
            tasks.create_task(self._follow_file())

    async def changed(self) -> None:
        """Return when there is more in `log`."""
        await self._more.wait()

    async def stop(self) -> None:
        """Follow no more."""
        await self._feed.stop()

    async def _follow_topic(self) -> None:
        while True:
            await self._add(await self._feed.more())

    async def _add(self, records: Iterable[Published]) -> None:
        for record in records:
            self.log.add(record.key, record.value, record.offset)
        await self._switch()
        self._more.set()
        self._more = asyncio.Event()

    async def _switch(self) -> None:
        """To the newest release that can be used; each that cannot is logged once."""
        for release in reversed(self.log.releases):
            if self.release is not None and release.number <= self.release.number:
                return
            try:
                built = await asyncio.to_thread(build, release, self.log.policies, self._known())
            except PolicyError as error:
                if release.number not in self._refused:
                    self._refused.add(release.number)
                    log.error("release %d CANNOT BE USED, what was in force stays:\n%s", release.number, error)
                continue
            if self.release is None:
                log.warning("a release is in force: the policy file %s is not used", self._file.path)
            before, self.release, self._in_force = self.release, release, built
            what = "; ".join(described(before, release))
            log.info("release %d by %s is in force: %s", release.number, release.by, what)
            return

    async def _follow_file(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            if not self._file.changed():
                continue
            if self.release is None:
                await self._reload()
            else:
                log.warning(
                    "%s has changed and is not used, release %d is in force; to release it: moderation policy release",
                    self._file.path,
                    self.release.number,
                )

    async def _reload(self) -> None:
        old = self.current().live
        try:
            policy = await asyncio.to_thread(self._file.load)
        except PolicyError as error:
            log.error("the changed policy is not used, %s stays in force:\n%s", old.hash[:SHOWN], error)
            return
        if policy.hash != old.hash:
            await self._publish(policy)
            if self.release is None:  # none came meanwhile
                log.info("policy %s: %s replaces %s", policy.name, policy.hash[:SHOWN], old.hash[:SHOWN])
                self._in_force = InForce(policy)

    async def _publish(self, policy: Policy) -> None:
        """Once is enough; an announcement would also say less than the proposal that names an author."""
        if policy.hash not in self.log.policies:
            published = PublishedPolicy(name=policy.name, hash=policy.hash, source=policy.source)
            await self._announce(Output("policies", PARTITION, policy.hash.encode(), published.to_json()))

    def _known(self) -> Mapping[str, Policy]:
        return {policy.hash: policy for policy in self._in_force.every} if self._in_force else {}
