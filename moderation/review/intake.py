"""What Kafka tells becomes what waits, in any order and any number of times.

Of an item the latest event counts, of a post the latest decision (`orders`); where an item stands follows from these
two alone. So a record that comes again, or late, changes nothing that a later one has settled.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from moderation import ids
from moderation.events import Decision, ReviewItem
from moderation.review import clusters, content, orders, priority, queue
from moderation.review.known import Known
from moderation.review.labels import fired_of
from moderation.review.locks import alone, hold
from moderation.review.orders import Order
from moderation.review.routing import language_of, modality_of, queue_of
from moderation.review.rules import DeskRules
from moderation.review.tables import Item, LastDecision
from moderation.review.tasks import weigh

_ASKS_A_HUMAN = ("review", "hold")


def review_item(session: Session, item: ReviewItem, rules: DeskRules, *, now: datetime) -> None:
    """Take in a review item: it opens or changes a row, or takes one back."""
    review_items(session, [item], rules, now=now)


def review_items(session: Session, items: Sequence[ReviewItem], rules: DeskRules, *, now: datetime) -> None:
    """Take in many. Most are new and like no other: these are written together, and before the others."""
    if not items:
        return
    alone(session)
    known = Known(session, {item.post_id for item in items if item.status == "closed"}, items)
    for item in _welcome(session, known, items, rules, now):
        if item.status == "closed":
            _decided(session, known, item.post_id, orders.of_item(item), item.decision_id, None, rules, now)
        else:
            _change(session, known, item, rules, now)


def decision(session: Session, decision: Decision, at: datetime, rules: DeskRules, *, now: datetime) -> None:
    """Take in a decision: items of its post that it leaves behind are taken back. `at` is when it was written."""
    decisions(session, [(decision, at)], rules)


def decisions(session: Session, made: Sequence[tuple[Decision, datetime]], rules: DeskRules) -> None:
    """Take in many, each with the moment when it was written. Of most there is nothing to take back."""
    telling = [(decision, at) for decision, at in made if not orders.may_be_first(decision)]
    if not telling:
        return
    alone(session)
    known = Known(session, {decision.post_id for decision, _ in telling})
    for decision, at in telling:
        asks = decision.stage != "human" and decision.action in _ASKS_A_HUMAN
        review_id = ids.review_id(decision.post_id, decision.revision, decision.occasion) if asks else None
        order = orders.of_decision(decision)
        _decided(session, known, decision.post_id, order, decision.decision_id, review_id, rules, at)
    session.flush()


def forget_decisions(session: Session, before: datetime, limit: int = 5000) -> int:
    """Remove what is known of decisions so old that no item can come that they take back. How many there were."""
    old = session.scalars(select(LastDecision.post_id).where(LastDecision.at < before).limit(limit)).all()
    session.execute(delete(LastDecision).where(LastDecision.post_id.in_(old)))
    return len(old)


def _welcome(
    session: Session, known: Known, items: Sequence[ReviewItem], rules: DeskRules, now: datetime
) -> list[ReviewItem]:
    """Write the items that are new and like no other, each with a task of its own. Gives the others, in their order."""
    new = {
        item.review_id: item
        for item in reversed(items)  # of one that comes twice, the first
        if item.status == "open" and item.review_id not in known.items
    }
    looks = {name: clusters.of_item(item, rules.duplicates) for name, item in new.items() if item.visible_from is None}
    met = clusters.left(session, {trace for look in looks.values() if look for trace in clusters.sought(look)})
    rows: dict[str, Item] = {}
    others: list[ReviewItem] = []
    for item in items:
        look = looks.get(item.review_id)
        is_new = new.get(item.review_id) is item and item.review_id not in rows
        if not is_new or (look and not met.isdisjoint(clusters.sought(look))):
            others.append(item)
            continue
        row = rows[item.review_id] = _row(item, now)
        _write(session, row, item, orders.of_item(item), _digest(item), rules, now)
        row.status = _status(row, known)
        if look and row.status == "open":
            met |= clusters.traces(look)
    known.put(rows.values())
    tasks = {
        name: queue.own_task(row, rules, hidden=row.visible_from is not None)
        for name, row in rows.items()
        if row.status == "open"
    }
    session.add_all(tasks.values())
    session.flush()  # which gives them their numbers
    for name, task in tasks.items():
        rows[name].task_id = task.task_id
    session.add_all(rows.values())
    session.flush()
    clusters.remember_new(session, {name: look for name in tasks if (look := looks.get(name)) is not None})
    return others


def _change(session: Session, known: Known, item: ReviewItem, rules: DeskRules, now: datetime) -> None:
    """Write an item that is there already, or like another."""
    order, digest = orders.of_item(item), _digest(item)
    row = known.items.get(item.review_id)
    if row is None:
        row = _row(item, now)
        session.add(row)
    elif _event(row) >= (order, digest):
        return
    else:
        hold(session, row)
        if row.status in ("decided", "gold"):
            return
    asked = (row.queue, row.reasons)
    _write(session, row, item, order, digest, rules, now)
    row.status = _status(row, known)
    known.put([row])
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


def _decided(
    session: Session,
    known: Known,
    post_id: str,
    order: Order,
    decision_id: str,
    review_id: str | None,
    rules: DeskRules,
    at: datetime,
) -> None:
    last = known.lasts.get(post_id)
    if last is None:
        last = known.lasts[post_id] = LastDecision(post_id=post_id)
    elif (_order(last), last.decision_id) >= (order, decision_id):
        return
    last.revision, last.stage, last.settled = order
    last.decision_id, last.review_id, last.at = decision_id, review_id, at
    session.add(last)
    for row in known.open_items(post_id):
        if not _taken_back(row, last):  # and not locked: who claims meanwhile passes over what is
            continue
        hold(session, row)
        if row.status == "open":
            _close(session, row, rules)


def _status(row: Item, known: Known) -> str:
    """Of an item that is not answered: whether anybody is to see it."""
    last = known.lasts.get(row.post_id)
    return "closed" if row.content is None or (last and _taken_back(row, last)) else "open"


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


def _digest(item: ReviewItem) -> str:
    return hashlib.sha256(item.to_json()).hexdigest()


def _row(item: ReviewItem, now: datetime) -> Item:
    return Item(review_id=item.review_id, status="open", task_id=None, verdict_id=None, received_at=now)


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
    weigh(row, item, rules)
    row.content = content.seal(session, item)
    if row.content is None:  # no fact of an author is kept who was erased
        row.terms, row.digest = priority.only_product(row.terms), orders.LAST


def _close(session: Session, row: Item, rules: DeskRules) -> None:
    row.status = "closed"
    clusters.forget(session, row.review_id)
    queue.leave(session, row, rules)
