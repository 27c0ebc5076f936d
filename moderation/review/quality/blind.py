"""What is kept from who answers items: which of them are tests, and what others said where they may be asked next.

To them the original of a known answer is nowhere to be found, and its copy, once they were given it, is an item like
any other, with a decision like any other.
"""

from collections.abc import Collection, Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, Select, exists, or_, select, union
from sqlalchemy.orm import Session, aliased

from moderation.events import Decision, ReviewItem
from moderation.review import content
from moderation.review.tables import Answer, DecisionRow, Gold, Item, Task


def answered_original(account_id: int) -> ColumnElement[bool]:
    """Of a row of `gold`: whether the person has answered what it was copied from. They are never given the copy."""
    original = aliased(Item)
    stands = (
        exists()
        .where(original.review_id == Gold.copied_from)
        .where(Answer.answer_id == original.answer_id, Answer.account_id == account_id)
    )
    return or_(exists().where(Answer.review_id == Gold.copied_from, Answer.account_id == account_id), stands)


def hidden_answers(account_id: int) -> Select[int | None]:
    """The answers that known answers were copied from."""
    copied = select(Item.answer_id).join(Gold, Gold.copied_from == Item.review_id)
    return copied.where(Gold.active, Item.answer_id.is_not(None), ~answered_original(account_id))


def hidden_posts(account_id: int) -> Select[str]:
    """The posts of originals, and those that were answered along with them."""
    return select(Item.post_id).where(Item.answer_id.in_(hidden_answers(account_id)))


def is_hidden(session: Session, row: Item, account_id: int) -> bool:
    """Whether the person must not find an item: a test that is not theirs, or what one was copied from."""
    if row.status == "gold":
        return not was_given(session, row.review_id, account_id)
    if row.answer_id is None or _holds(session, row.review_id, account_id):  # an appeal may be about it
        return False
    return bool(session.scalar(hidden_answers(account_id).where(Item.answer_id == row.answer_id).limit(1)))


def _holds(session: Session, review_id: str, account_id: int) -> bool:
    held = exists().where(Task.head == review_id, Task.status == "claimed", Task.account_id == account_id)
    return bool(session.scalar(select(held)))


def was_given(session: Session, review_id: str, account_id: int) -> bool:
    """Whether the person has, or had, a task on a copy."""
    own = exists().where(Task.head == review_id, Task.kind == "gold", Task.assigned_to == account_id)
    return bool(session.scalar(select(own)))


def given(session: Session, account_id: int, *of: ColumnElement[bool]) -> Sequence[Item]:
    """The copies that a person has, or had, as tasks."""
    own = exists().where(Task.head == Item.review_id, Task.kind == "gold", Task.assigned_to == account_id)
    return session.scalars(select(Item).where(Item.status == "gold", own, *of)).all()


def asked_again(session: Session, review_ids: Collection[str]) -> frozenset[str]:
    """Those of some items on which a second answer waits to be given, or is being given."""
    second = select(Task.head).where(
        Task.head.in_(review_ids), Task.kind == "second", Task.status.in_(("open", "claimed"))
    )
    return frozenset(session.scalars(second))


def posts_asked_again(session: Session, posts: Collection[str] | Select[str]) -> frozenset[str]:
    """Those of some posts whose answer decided an item on which a second answer waits to be given."""
    second = exists().where(
        Task.head == Answer.review_id, Task.kind == "second", Task.status.in_(("open", "claimed"))
    )  # fmt: skip
    answered = select(Item.post_id).join(Answer, Answer.answer_id == Item.answer_id)
    return frozenset(session.scalars(answered.where(Item.post_id.in_(posts), second)))


def before_people(session: Session, post_ids: Collection[str]) -> list[DecisionRow]:
    """The decisions on some posts as they stood before anybody answered, with the last of each in force. Detached."""
    machine = select(DecisionRow).where(DecisionRow.post_id.in_(post_ids), DecisionRow.verdict_id.is_(None))
    rows = session.scalars(machine.order_by(DecisionRow.at, DecisionRow.decision_id)).all()
    last = {row.post_id: row.decision_id for row in rows}
    return [_like(row, current=row.decision_id == last[row.post_id]) for row in rows]


def decision_of(session: Session, copy: Item) -> DecisionRow:
    """The decision that a copy seems to come from: its original's, or what its content tells. It is nowhere stored."""
    original = session.scalar(
        select(Item).join(Gold, Gold.copied_from == Item.review_id).where(Gold.review_id == copy.review_id)
    )
    was = None if original is None else session.get(DecisionRow, original.decision_id)
    own = {"decision_id": copy.decision_id, "post_id": copy.post_id}
    if was is not None and original is not None:
        at = min(copy.posted_at + max(was.at - original.posted_at, timedelta()), copy.received_at)
        return _like(was, **own, at=at, record={**was.record, **own}, current=True)
    item = content.unseal(session, copy)
    record = _told(copy, item)
    return DecisionRow(
        **own,
        author_id=copy.author_id,
        revision=copy.revision,
        stage=record.stage,
        action=record.action,
        reasons=list(record.reasons),
        policy_hash=record.policy_hash,
        verdict_id=None,
        partition=copy.partition,
        at=copy.received_at,
        current=True,
        record=record.model_dump(mode="json", by_alias=True, exclude_none=True),
    )


def waiting(session: Session, review_ids: Collection[str]) -> frozenset[str]:
    """Those of some items that somebody is asked about now, known answers among them: to who is, they are open."""
    asked = select(Task.head).where(Task.head.in_(review_ids), Task.status.in_(("open", "claimed")))
    known = select(Gold.review_id).where(Gold.review_id.in_(review_ids))
    return frozenset(session.scalars(union(asked, known)))


def _told(copy: Item, item: ReviewItem | None) -> Decision:
    return Decision(
        decision_id=copy.decision_id,
        post_id=copy.post_id,
        author_id=copy.author_id,
        revision=copy.revision,
        stage="final",
        action="review",
        reasons=tuple(copy.reasons),
        rules=() if item is None else item.rules,
        undetermined=() if item is None else item.undetermined,
        policy_hash=None if item is None else item.policy_hash,
        models={} if item is None else item.models,
    )


def _like(row: DecisionRow, **changes: object) -> DecisionRow:
    """The same decision as another row, which no session knows."""
    values = {column.key: getattr(row, column.key) for column in DecisionRow.__table__.columns}
    return DecisionRow(**{**values, **changes})
