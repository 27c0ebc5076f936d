"""Known answers as tasks: one person gets one that they have not seen, and it looks like any other."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from moderation.events import ReviewItem
from moderation.review import claims, content
from moderation.review.priority import rank_of
from moderation.review.quality.drawing import gold_draw, last_answer
from moderation.review.routing import may_work, reads
from moderation.review.rules import DeskRules
from moderation.review.tables import Account, Answer, Gold, Item, Task

_OLD = timedelta(hours=12)  # an item that came so long ago would stand out
_WAITED = timedelta(minutes=20)  # where nothing else waits to compare with


def claim(
    session: Session, account: Account, rules: DeskRules, *, queues: Collection[str] | None = None, now: datetime
) -> Task | None:
    """A task on a known answer that the person has not been asked for, claimed; None where there is none."""
    item = _unseen(session, account, rules, queues)
    if item is None:
        return None
    opened_at, due_at = _like_others(session, item, now)
    _renew(session, item, opened_at)
    task = Task(
        kind="gold",
        status="open",
        queue=item.queue,
        head=item.review_id,
        language=item.language,
        modality=item.modality,
        severity=item.severity,
        harmless=item.severity < rules.exposure.benign_below,
        rank=rank_of(item.terms, opened_at, rules.queue(item.queue).half_life),
        terms=item.terms,
        opened_at=opened_at,
        due_at=due_at,
        assigned_to=account.account_id,
    )
    session.add(task)
    session.flush()
    return claims.take(session, task.task_id, account, rules, now=now)


def _unseen(
    session: Session, account: Account, rules: DeskRules, queues: Collection[str] | None
) -> Item | None:  # fmt: skip
    """The known answer that the fewest have been asked for, of those that the person may be."""
    draw = gold_draw(account.account_id, last_answer(session, account))
    asked = exists().where(Task.head == Gold.review_id, Task.kind == "gold", Task.assigned_to == account.account_id)
    answered = exists().where(Answer.review_id == Gold.review_id, Answer.account_id == account.account_id)
    original = exists().where(Answer.review_id == Gold.copied_from, Answer.account_id == account.account_id)
    times = select(func.count()).where(Answer.review_id == Gold.review_id).correlate(Gold).scalar_subquery()
    rows = session.scalars(
        select(Item)
        .join(Gold, Gold.review_id == Item.review_id)
        .where(Gold.active, ~asked, ~answered, ~original)
        .order_by(times, Item.review_id)
    )
    languages = reads(account)
    for item in rows:
        if (
            (queues is None or item.queue in queues)
            and may_work(account, rules.queue(item.queue))
            and (languages is None or item.language in (None, *languages))
            and draw < rules.quality.gold_in(item.queue).share
            and content.unseal(session, item) is not None
        ):
            return item
    return None


def _like_others(session: Session, item: Item, now: datetime) -> tuple[datetime, datetime | None]:
    """When the next task of the queue was opened and is due: this one has waited as long."""
    other = session.scalar(
        select(Task)
        .where(Task.status == "open", Task.queue == item.queue, Task.kind == "review")
        .order_by(Task.rank.desc())
        .limit(1)
    )
    return (now - _WAITED, item.due_at) if other is None else (other.opened_at, other.due_at)


def _renew(session: Session, item: Item, at: datetime) -> None:
    """Move every time of the item, so that it was posted when others were that wait."""
    if abs(at - item.posted_at) < _OLD:
        return
    shown = content.unseal(session, item)
    assert shown is not None
    by = at - item.posted_at
    renewed = _moved(shown, by)
    item.content = content.seal(session, renewed)
    item.posted_at, item.received_at, item.opened_at = at, at, at


def _moved(item: ReviewItem, by: timedelta) -> ReviewItem:
    created = item.post.created_at
    return item.model_copy(
        update={
            "source": item.source.model_copy(update={"time": item.source.time + by}),
            "post": item.post.model_copy(update={"created_at": None if created is None else created + by}),
        }
    )
