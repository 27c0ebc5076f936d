"""What reaches Kafka of an answer: a verdict per item, in the outbox of the transaction that decided it."""

import uuid
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from moderation import ids
from moderation.events import Source, Verdict
from moderation.review.rules import DeskRules
from moderation.review.tables import Answer, Fingerprint, Inheritance, Item, Outgoing

_TOPIC = "verdicts"


def reviewer_of(account_id: int) -> str:
    """Who answered, as Kafka and the audit know it: verdicts are kept long, and have no names."""
    return f"account:{account_id}"


def send(session: Session, answer: Answer, items: Iterable[Item], posts_topic: str, *, now: datetime) -> None:
    """The answer counts: each item is decided by it, and its verdict waits in the outbox, with an id for good.

    A verdict on an item that was decided before replaces that decision.
    """
    for item in items:
        verdict = Verdict(
            verdict_id=str(uuid.uuid4()),
            review_id=item.review_id,
            decision_id=_seen(item),
            post_id=item.post_id,
            author_id=item.author_id,
            revision=item.revision,
            action=answer.action,
            reasons=tuple(answer.reasons),
            reviewer=reviewer_of(answer.account_id),
            note=answer.note,
            decided_at=now,
            source=Source(topic=posts_topic, partition=item.partition, offset=item.offset, time=item.posted_at),
        )
        item.status = "decided"
        item.verdict_id = verdict.verdict_id
        item.answer_id = answer.answer_id
        if item.first_answer_id is None and answer.kind != "appeal":
            item.first_answer_id = answer.answer_id
        if answer.verdict_id is None or item.review_id == answer.review_id:
            answer.verdict_id = verdict.verdict_id
        session.add(
            Outgoing(
                topic=_TOPIC, key=item.post_id, partition=item.partition, value=verdict.to_json(), made_at=now,
                sent_at=None,
            )
        )  # fmt: skip


def _seen(item: Item) -> str:
    """The decision that the verdict is about: the reviewer's before, where there is one."""
    return item.decision_id if item.verdict_id is None else ids.human_decision_id(item.post_id, item.verdict_id)


def bequeath(session: Session, answer: Answer, rules: DeskRules, *, now: datetime) -> None:
    """Near-duplicates that arrive later are answered alike, for the time that the rules give."""
    if rules.duplicates.inherit_for is None:
        return
    ends_at = now + rules.duplicates.inherit_for
    for own in session.scalars(select(Fingerprint).where(Fingerprint.review_id == answer.review_id)):
        session.add(
            Inheritance(
                answer_id=answer.answer_id, kind=own.kind, place=own.place, band=own.band, digest=own.digest,
                ends_at=ends_at,
            )
        )  # fmt: skip


def disinherit(session: Session, answer_id: int) -> None:
    """Nothing is answered any more as this answer did: it was revised."""
    session.execute(delete(Inheritance).where(Inheritance.answer_id == answer_id))
