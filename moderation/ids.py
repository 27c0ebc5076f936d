"""Ids that come out the same again when a record is delivered again.

UUIDv5 (RFC 9562) over what identifies the occasion, never over scores or time: a redelivered post may meet a
newer model or policy, and its second decision must be recognised as the one already acted on.
"""

import uuid
from collections.abc import Iterable

_NAMESPACE = uuid.UUID("6f1c1f5e-3c1b-5d0e-9f5a-5a4d8c0c7a11")


def _uuid(*parts: str | int) -> str:
    # A length before each part: ("a", "bc") and ("ab", "c") must differ.
    return str(uuid.uuid5(_NAMESPACE, "".join(f"{len(str(part))}:{part}" for part in parts)))


def decision_id(post_id: str, revision: int, occasion: str, lanes: Iterable[str]) -> str:
    """The id of a decision made with these lanes settled. A final decision passes every lane of the post."""
    return _uuid("decision", post_id, revision, occasion, *sorted(lanes))


def human_decision_id(post_id: str, verdict_id: str) -> str:
    """The id of the decision that a reviewer's verdict becomes."""
    return _uuid("human", post_id, verdict_id)


def review_id(post_id: str, revision: int, occasion: str) -> str:
    """The id of the review item of a post: a later decision on the same revision updates the same item."""
    return _uuid("review", post_id, revision, occasion)


def alarm_id(kind: str, subject: str, policy: str, occasion: int) -> str:
    """The id of an alarm: one for all workers that tell of the same occasion."""
    return _uuid("alarm", kind, subject, policy, occasion)
