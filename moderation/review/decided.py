"""The decisions that the desk keeps: what its pages, notices, appeals and reports say of a post stands on them.

Kept are those that restrict, label, hold or withdraw a post or ask for a human, every human's, and whatever else is
decided on a post that has an item here. The many that allow a post which nobody looks at are not.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.events import Decision
from moderation.review.tables import DecisionRow, Item


class Written(NamedTuple):
    """A decision as it stands on Kafka: on which partition, and since when."""

    decision: Decision
    partition: int
    at: datetime


def keep(session: Session, written: Sequence[Written]) -> list[Written]:
    """Keep those that matter, each once; which those are. The first of one id stays."""
    asked_of = _with_items(session, {own.decision.post_id for own in written if not _matters(own.decision)})
    mattering = [own for own in written if _matters(own.decision) or own.decision.post_id in asked_of]
    held = _held(session, {own.decision.post_id for own in mattering})
    known = {row.decision_id for rows in held.values() for row in rows}
    for own in mattering:
        decision = own.decision
        if decision.decision_id in known:
            continue
        known.add(decision.decision_id)
        rows = held.setdefault(decision.post_id, [])
        row = _row(own)
        latest = max(rows, key=_order, default=None)
        row.current = latest is None or _order(latest) <= _order(row)
        for other in rows:
            other.current = other.current and not row.current
        rows.append(row)
        session.add(row)
    session.flush()
    return mattering


def _matters(decision: Decision) -> bool:
    return decision.action != "allow" or decision.stage == "human"


def _with_items(session: Session, posts: set[str]) -> set[str]:
    if not posts:
        return set()
    return set(session.scalars(select(Item.post_id).where(Item.post_id.in_(posts))))


def _held(session: Session, posts: set[str]) -> dict[str, list[DecisionRow]]:
    found: dict[str, list[DecisionRow]] = {}
    if posts:
        asked = select(DecisionRow).where(DecisionRow.post_id.in_(posts)).order_by(DecisionRow.at).with_for_update()
        for row in session.scalars(asked):
            found.setdefault(row.post_id, []).append(row)
    return found


def _row(own: Written) -> DecisionRow:
    decision = own.decision
    return DecisionRow(
        decision_id=decision.decision_id,
        post_id=decision.post_id,
        author_id=decision.author_id,
        revision=decision.revision,
        stage=decision.stage,
        action=decision.action,
        reasons=list(decision.reasons),
        policy_hash=decision.policy_hash,
        verdict_id=decision.verdict_id,
        partition=own.partition,
        at=own.at,
        current=True,
        record=decision.model_dump(mode="json", by_alias=True, exclude_none=True),
    )


def _order(row: DecisionRow) -> tuple[int, int, int]:
    return Decision.model_validate(row.record).order()
