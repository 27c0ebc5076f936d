"""The headers of a dead letter: which stage gave up on a message, why, and where the message came from.

The value and key of a dead letter are the original bytes, untouched; all that we know stands in its headers.
"""

from collections.abc import Iterable
from dataclasses import dataclass

Headers = tuple[tuple[str, bytes], ...]

_LONGEST_MESSAGE = 4_000


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """What the headers say. `error` is a stable word; `topic`, `partition`, `offset` name the original message.

    `attempts` counts how often it became a dead letter: 1, and one more for each replay that failed.
    """

    stage: str
    error: str
    message: str
    topic: str
    partition: int
    offset: int
    attempts: int = 1

    def headers(self) -> Headers:
        """As Kafka headers."""
        return (
            ("stage", self.stage.encode()),
            ("error", self.error.encode()),
            ("message", self.message[:_LONGEST_MESSAGE].encode(errors="replace")),
            ("topic", self.topic.encode()),
            ("partition", str(self.partition).encode()),
            ("offset", str(self.offset).encode()),
            ("attempts", str(self.attempts).encode()),
        )

    @classmethod
    def from_headers(cls, headers: Iterable[tuple[str, bytes | None]]) -> "DeadLetter":
        """From Kafka headers; what is absent or unreadable becomes empty, -1 or 1: a letter is always listed."""
        found = {name: (value or b"").decode(errors="replace") for name, value in headers}
        return cls(
            stage=found.get("stage", ""),
            error=found.get("error", ""),
            message=found.get("message", ""),
            topic=found.get("topic", ""),
            partition=_number(found.get("partition"), -1),
            offset=_number(found.get("offset"), -1),
            attempts=_number(found.get("attempts"), 1),
        )


ATTEMPTS_HEADER = "attempts"
"""A replayed message carries it, so that the stage can go on counting."""


def attempts_before(headers: Iterable[tuple[str, bytes | None]]) -> int:
    """How often this message has been a dead letter already."""
    return _number(dict(headers).get(ATTEMPTS_HEADER), 0)


def _number(value: str | bytes | None, default: int) -> int:
    try:
        return int(value) if value else default
    except ValueError:
        return default
