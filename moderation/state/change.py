"""How what is remembered outlives the worker that remembers it."""

from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class Change:
    """The new value of one key, None to forget it: a record of a compacted topic, on the partition of the posts.

    `state` is read by the worker of its partition only, `counts` by all workers. Keys say whose they are by what
    stands before the first colon: `author:`, `domain:`, `content:`, `breaker:`.
    """

    topic: Literal["state", "counts"]
    key: bytes
    value: bytes | None


class Kept(Protocol):
    """Something of one partition that is written as changes, and restored from them before the first post.

    Changes are delivered with the outputs of the posts behind them, before those are acknowledged. So a post may come
    again whose changes stand already: values hold the offset last counted, and count none up to there again.
    """

    def changes(self) -> list[Change]:
        """What has changed since the last call, each key once, with its value now."""
        ...

    def restore(self, change: Change) -> None:
        """Take over what this partition's last worker wrote. Where a key comes more than once, the value that has
        counted most stands: a worker that was thought dead may have written last."""
        ...

    def elsewhere(self, partition: int, change: Change) -> None:
        """Note what the worker of another partition wrote to `counts`."""
        ...
