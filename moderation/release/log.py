"""The policies topic, folded: which policies were published, and which releases count."""

import logging
from collections.abc import Iterator
from datetime import datetime
from itertools import takewhile

from pydantic import ValidationError

from moderation.errors import ReleaseError
from moderation.events import PublishedPolicy, Release

log = logging.getLogger(__name__)

PARTITION = 0
"""Of the topic: policies and releases stand on one, because their order decides which releases count."""

_RELEASES = "release:"


def key_of(release: Release, unique: str) -> bytes:
    """A key that no other release has: compaction of the topic keeps them all."""
    return f"{_RELEASES}{release.number}:{unique}".encode()


class ReleaseLog:
    """What the records of the topic come to, added in their order; the same for everybody who reads them.

    A release counts if its number is the next one. So of several that were made at the same time the first counts,
    and the others, made without knowing it, do not.
    """

    def __init__(self) -> None:
        self.policies: dict[str, PublishedPolicy] = {}
        self.releases: list[Release] = []
        self._offsets: set[int] = set()

    @property
    def current(self) -> Release | None:
        """The release in force."""
        return self.releases[-1] if self.releases else None

    def add(self, key: bytes | None, value: bytes | None, offset: int) -> bool:
        """Add the next record; True for a release that counts. What cannot be read is logged and passed over."""
        name = (key or b"").decode(errors="replace")
        try:
            if name.startswith(_RELEASES):
                return self._add_release(Release.model_validate_json(value or b""), offset)
            self._add_policy(PublishedPolicy.model_validate_json(value or b""))
        except ValidationError as error:
            problem = error.errors(include_input=False, include_url=False)[0]["msg"]
            log.error(
                "record %d of the policies topic, %r, cannot be read and is passed over: %s", offset, name, problem
            )
        return False

    def counts(self, offset: int) -> bool:
        """Whether the record there is a release that counts."""
        return offset in self._offsets

    def find(self, prefix: str) -> PublishedPolicy:
        """The published policy whose hash begins so. Raises `ReleaseError` unless there is exactly one."""
        found = [own for name, own in self.policies.items() if prefix and name.startswith(prefix.lower())]
        if len(found) == 1:
            return found[0]
        if found:
            names = ", ".join(sorted(own.hash[: len(prefix) + 6] for own in found))
            raise ReleaseError(f"'{prefix}' may mean several published policies: {names}; write more of the hash")
        raise ReleaseError(f"'{prefix}' is neither a file nor the hash of a published policy; see `policy history`")

    def lives(self) -> list[str]:
        """The hashes of the live policies that led to the present one, it last; what was rolled back is left out."""
        found: list[str] = []
        for release in self.releases:
            if release.live in found:
                del found[found.index(release.live) + 1 :]
            else:
                found.append(release.live)
        return found

    def canary_since(self, release: Release) -> datetime:
        """When the canary of a release began beside its live policy, with its share of the authors."""
        before = reversed(self.releases[: release.number])
        same = takewhile(lambda own: (own.live, own.canary) == (release.live, release.canary), before)
        return min(own.at for own in same)

    def steps(self) -> Iterator[tuple[Release | None, Release]]:
        """Every release that counts, with the one before it; the oldest first."""
        yield from zip([None, *self.releases], self.releases, strict=False)

    def _add_release(self, release: Release, offset: int) -> bool:
        if release.number != len(self.releases) + 1:
            return False
        self.releases.append(release)
        self._offsets.add(offset)
        return True

    def _add_policy(self, published: PublishedPolicy) -> None:
        known = self.policies.get(published.hash)
        if known is not None and published.author is None:  # a worker announces what it decides by, author unknown
            published = published.model_copy(update={"author": known.author})
        self.policies[published.hash] = published
