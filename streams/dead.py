"""Dead letters: the original bytes of a message that cannot go on, with stage and reason in its headers."""

import logging

from moderation.dead_letters import DeadLetter, attempts_before
from moderation.errors import InvalidEvent
from streams.messages import Message, Output
from streams.producer import Rejected

log = logging.getLogger(__name__)


def letter_for_invalid(message: Message, stage: str, error: InvalidEvent) -> Output:
    """For bytes that are not a valid event."""
    return _letter(message, stage, error.kind, str(error))


def letter_for_crash(message: Message, stage: str, error: Exception) -> Output:
    """For a message that makes the stage raise: a bug of ours, and the post is kept for a replay."""
    return _letter(message, stage, type(error).__name__, str(error) or "no message")


def letter_for_rejection(stage: str, rejected: Rejected) -> Output:
    """For an output that the broker refuses. Raises `ValueError` for an output that follows from no message."""
    output = rejected.output
    if output.origin is None:
        raise ValueError(f"an output to {output.topic} that follows from no message was refused: {rejected.reason}")
    return _letter(output.origin, stage, "refused", f"{output.topic} refused the result: {rejected.reason}")


def _letter(message: Message, stage: str, error: str, reason: str) -> Output:
    log.warning("dead letter: %s-%d@%d: %s: %s", message.topic, message.partition, message.offset, error, reason)
    letter = DeadLetter(
        stage=stage,
        error=error,
        message=reason,
        topic=message.source_topic,
        partition=message.partition,
        offset=message.offset,
        attempts=attempts_before(message.headers) + 1,
    )
    return Output("dead-letters", message.partition, message.key, message.value, letter.headers(), origin=message)
