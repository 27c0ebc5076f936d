"""What the workers of other partitions have counted, as far as they have told."""

import logging
from collections.abc import Iterator

from moderation.errors import StateError
from moderation.state.change import Change
from moderation.state.memo import Memo

log = logging.getLogger(__name__)


class World:
    """The counts of every partition, by key. One for a worker: the memories of its partitions share it."""

    def __init__(self) -> None:
        self._told: dict[bytes, dict[int, bytes | Memo]] = {}

    def note(self, partition: int, change: Change) -> None:
        """Take what a partition's worker wrote. It is read when it is asked for: most of it never is."""
        if change.value is not None:
            self._told.setdefault(change.key, {})[partition] = change.value
        elif change.key in self._told:
            self._told[change.key].pop(partition, None)
            if not self._told[change.key]:
                del self._told[change.key]

    def others(self, partition: int, key: bytes) -> Iterator[Memo]:
        """What all but one partition know of a key."""
        told = self._told.get(key)
        if not told:
            return
        for other, value in list(told.items()):
            if other == partition:
                continue
            if isinstance(value, bytes):
                value = told[other] = _read(value, key)
            yield value


def _read(value: bytes, key: bytes) -> Memo:
    try:
        return Memo.from_json(value)
    except StateError as error:  # its own worker finds that, too, and cannot go on; a newer one may
        log.warning("counts of another partition are passed over: key %r %s", key, error)
        return Memo()
