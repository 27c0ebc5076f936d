"""What Kafka tells becomes what waits, in any order and any number of times.

Of an item the latest event counts, of a post the latest decision (`orders`); where an item stands follows from these
two alone. So a record that comes again, or late, changes nothing that a later one has settled.
"""

import hashlib
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from moderation import ids
from moderation.events import Decision, ReviewItem
from moderation.review import clusters, content, orders, priority, queue
from moderation.review.labels import fired_of
from moderation.review.orders import Order
from moderation.review.routing import language_of, modality_of, queue_of
from moderation.review.rules import DeskRules
from moderation.review.tables import Item, LastDecision

_ASKS_A_HUMAN = ("review", "hold")


def review_item(session: Session, item: ReviewItem, rules: DeskRules, *, now: datetime) -> None:
    """Take in a review item: it opens or changes a row, or takes one back."""
    queue.alone(session)
    order = orders.of_item(item)
    if item.status == "closed":
        _decided(session, item.post_id, order, item.decision_id, None, rules, now)
        return
    row = session.get(Item, item.review_id)
    if row is not None:
        _hold(session, row)
    digest = hashlib.sha256(item.to_json()).hexdigest()
    if row is not None and (row.status in ("decided", "gold") or _event(row) >= (order, digest)):
        return
    if row is None:
        row = Item(review_id=item.review_id, status="open", task_id=None, verdict_id=None, received_at=now)
        session.add(row)
    asked = (row.queue, row.reasons)
    _write(session, row, item, order, digest, rules, now)
    last = session.get(LastDecision, item.post_id)
    row.status = "closed" if row.content is None or (last and _taken_back(row, last)) else "open"
    session.flush()
    if row.task_id is not None and (row.queue, row.reasons) != asked:
        clusters.forget(session, row.review_id)
        queue.move(session, row, rules)
    if row.status == "closed":
        _close(session, row, rules)
    elif row.visible_from is not None:  # also when that is over: what takes it back may be the next record
        queue.hide(session, row, rules)
    else:
        queue.place(session, row, item, rules, now=now)
    session.flush()


def decision(session: Session, decision: Decision, at: datetime, rules: DeskRules, *, now: datetime) -> None:
    """Take in a decision: items of its post that it leaves behind are taken back. `at` is when it was written."""
    if orders.may_be_first(decision):
        return
    queue.alone(session)
    asks = decision.stage != "human" and decision.action in _ASKS_A_HUMAN
    review_id = ids.review_id(decision.post_id, decision.revision, decision.occasion) if asks else None
    order = orders.of_decision(decision)
    _decided(session, decision.post_id, order, decision.decision_id, review_id, rules, at)


def forget_decisions(session: Session, before: datetime, limit: int = 5000) -> int:
    """Remove what is known of decisions so old that no item can come that they take back. How many there were."""
    old = session.scalars(select(LastDecision.post_id).where(LastDecision.at < before).limit(limit)).all()
    session.execute(delete(LastDecision).where(LastDecision.post_id.in_(old)))
    return len(old)


def _decided(
    session: Session,
    post_id: str,
    order: Order,
    decision_id: str,
    review_id: str | None,
    rules: DeskRules,
    at: datetime,
) -> None:
    last = session.get(LastDecision, post_id)
    if last is None:
        last = LastDecision(post_id=post_id)
        session.add(last)
    elif (_order(last), last.decision_id) >= (order, decision_id):
        return
    last.revision, last.stage, last.settled = order
    last.decision_id, last.review_id, last.at = decision_id, review_id, at
    session.flush()
    rows = session.scalars(
        select(Item).where(Item.post_id == post_id, Item.status == "open").order_by(Item.review_id)
    ).all()
    for row in rows:
        _hold(session, row)
        if row.status == "open" and _taken_back(row, last):
            _close(session, row, rules)


def _hold(session: Session, row: Item) -> None:
    """The item as it is now, until the transaction ends: an answer, too, locks the task before its items.

    One that was given meanwhile may have put the item into another task, for a second look.
    """
    held = False
    while not held:
        task_id = row.task_id
        queue.locked(session, task_id)
        session.refresh(row)
        held = row.task_id == task_id


def _taken_back(row: Item, last: LastDecision) -> bool:
    """Whether the decision leaves the item behind. One that asks for the same item will soon change it instead; but
    what is hidden until such a decision comes stays hidden."""
    if last.decision_id == row.decision_id or _order(last) <= _order(row):
        return False
    return last.review_id != row.review_id or row.visible_from is not None


def _order(row: Item | LastDecision) -> Order:
    return Order(row.revision, row.stage, row.settled)


def _event(row: Item) -> tuple[Order, str]:
    return _order(row), row.digest


def _write(
    session: Session, row: Item, item: ReviewItem, order: Order, digest: str, rules: DeskRules, now: datetime
) -> None:
    post = item.post
    row.revision, row.stage, row.settled = order
    row.digest = digest
    row.decision_id = item.decision_id
    row.post_id, row.author_id, row.occasion = item.post_id, item.author_id, post.occasion
    row.surface, row.language, row.modality = post.surface, language_of(item), modality_of(item)
    row.queue, row.reasons = queue_of(item, rules.routing), sorted(set(item.reasons))
    row.fired = fired_of(item)
    row.probability = 1.0 if item.sampled is None else item.sampled
    row.partition, row.offset, row.posted_at = item.source.partition, item.source.offset, item.source.time
    row.visible_from = item.visible_from
    row.opened_at = item.visible_from or min(item.source.time, now)  # a producer's clock may be wrong
    due = rules.queue(row.queue).due
    row.due_at = item.due_at or (None if due is None else row.opened_at + due)
    queue.weigh(row, item, rules)
    row.content = content.seal(session, item)
    if row.content is None:  # no fact of an author is kept who was erased
        row.terms, row.digest = priority.only_product(row.terms), orders.LAST


def _close(session: Session, row: Item, rules: DeskRules) -> None:
    row.status = "closed"
    clusters.forget(session, row.review_id)
    queue.leave(session, row, rules)
