"""The decisions that the desk keeps: what its pages, notices, appeals and reports say of a post stands on them.

Kept are those that restrict, label, hold or withdraw a post or ask for a human, every human's, and whatever else is
decided on a post that has an item here. The many that allow a post which nobody looks at are not.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.events import Decision
from moderation.review.content import owner_of
from moderation.review.locks import alone
from moderation.review.tables import AuthorKey, DecisionRow, Item


class Written(NamedTuple):
    """A decision as it stands on Kafka: on which partition, and since when."""

    decision: Decision
    partition: int
    at: datetime


def keep(session: Session, written: Sequence[Written]) -> list[Written]:
    """Keep those that matter, each once; which those are. The first of one id stays.

    To be called before any row is locked: an author may be erased meanwhile.
    """
    asked_of = _with_items(session, {own.decision.post_id for own in written if not _matters(own.decision)})
    mattering = [own for own in written if _matters(own.decision) or own.decision.post_id in asked_of]
    if mattering:
        alone(session)
    held = _held(session, {own.decision.post_id for own in mattering})
    known = {row.decision_id for rows in held.values() for row in rows}
    erased = _erased(session, {own.decision.author_id for own in mattering})
    since = _since(session, {own.decision.post_id for own in mattering if own.decision.author_id in erased})
    for own in mattering:
        decision = own.decision
        if decision.decision_id in known:
            continue
        known.add(decision.decision_id)
        rows = held.setdefault(decision.post_id, [])
        row = _row(own)
        known_at = [own.at, *(other.at for other in rows), *since.get(decision.post_id, ())]
        if decision.author_id in erased and min(known_at) <= erased[decision.author_id]:  # the post is from before
            row.record = without_values(row.record)
        latest = max(rows, key=_order, default=None)
        row.current = latest is None or _order(latest) <= _order(row)
        for other in rows:
            other.current = other.current and not row.current
        rows.append(row)
        session.add(row)
    session.flush()
    return mattering


def without_values(record: Mapping[str, Any]) -> dict[str, Any]:
    """What was done and by which rules, and not what these saw, as that tells facts of the author."""
    left = {name: value for name, value in record.items() if name != "state"}
    for name in ("rules", "undetermined"):
        if name in left:
            left[name] = [{key: value for key, value in rule.items() if key != "values"} for rule in left[name]]
    return left


def _erased(session: Session, authors: set[str | None]) -> dict[str, datetime]:
    """Those of some authors who were erased, and when: Kafka may bring what was decided on their posts before."""
    owners = {owner_of(author, ""): author for author in authors if author is not None}
    asked = select(AuthorKey.author, AuthorKey.shredded_at).where(AuthorKey.author.in_(owners))
    rows = session.execute(asked.where(AuthorKey.shredded_at.is_not(None))) if owners else ()
    return {owners[owner]: at for owner, at in rows if at is not None}


def _since(session: Session, posts: set[str]) -> dict[str, list[datetime]]:
    """When the items of some posts were made."""
    found: dict[str, list[datetime]] = {}
    if posts:
        for post_id, at in session.execute(select(Item.post_id, Item.posted_at).where(Item.post_id.in_(posts))):
            found.setdefault(post_id, []).append(at)
    return found


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
