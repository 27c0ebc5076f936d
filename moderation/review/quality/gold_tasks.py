"""Known answers as tasks: one person gets one that they have not seen, and it looks like any other."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from moderation.events import ReviewItem
from moderation.review import claims, content, viewings
from moderation.review.priority import rank_of
from moderation.review.quality import blind
from moderation.review.quality.disguise import beside, renamed
from moderation.review.quality.drawing import gold_draw, last_answer
from moderation.review.routing import may_work, reads
from moderation.review.rules import DeskRules
from moderation.review.tables import Account, Answer, Gold, Item, Task
from moderation.review.tasks import open_on
from moderation.shares import place_of

_WAITED = timedelta(minutes=20)  # where nothing else waits to compare with
_JITTER = timedelta(minutes=1)  # so that no moment is another item's moment
_DRAWS = 5
_MS = timedelta(milliseconds=1)  # the resolution of Kafka's times, which other items have


def claim(
    session: Session, account: Account, rules: DeskRules, *, queues: Collection[str] | None = None, now: datetime
) -> Task | None:
    """A task on a known answer that the person has not been asked for, claimed; None where there is none."""
    if len(claims.held(session, account, now=now)) >= rules.claims.held:
        return None
    task = _given_back(session, account, rules, queues)
    if task is not None and content.unseal(session, session.get_one(Item, task.head)) is not None:
        return claims.take(session, task.task_id, account, rules, now=now)
    item = None if _has_skipped(session, account) else _unseen(session, account, rules, queues)
    if item is None:
        return None
    session.refresh(item, with_for_update=True)  # somebody else may be given it at this moment
    if content.unseal(session, item) is None:
        return None
    if item.opened_at is None or not _in_hand(session, item):  # who looks at it must not see it change
        _renew(session, item, _opened_at(session, item, account, rules, now), rules, now)
    assert item.opened_at is not None
    task = open_on(
        session,
        item,
        "gold",
        rules,
        opened_at=item.opened_at,
        due_at=item.due_at,
        assigned_to=account.account_id,
    )
    return claims.take(session, task.task_id, account, rules, now=now)


def _given_back(
    session: Session, account: Account, rules: DeskRules, queues: Collection[str] | None
) -> Task | None:  # fmt: skip
    """What the person had and gave back: it comes again, like what is the most urgent, if they may have it still."""
    own = select(Task).join(Gold, Gold.review_id == Task.head).where(Task.kind == "gold", Task.status == "open")
    mine = session.scalars(own.where(Task.assigned_to == account.account_id).order_by(Task.task_id))
    wanted = (task for task in mine if queues is None or task.queue in queues)
    return next((task for task in wanted if claims.lacks(task, account, rules) is None), None)


def _has_skipped(session: Session, account: Account) -> bool:
    """Whether the person has skipped a test since their last answer: to let one go does not draw again.

    It was closed and is theirs still; who is kept from it, the retention forgets.
    """
    me = account.account_id
    last = session.scalar(select(func.max(Answer.answered_at)).where(Answer.account_id == me)) or account.created_at
    own = select(Task).join(Gold, Gold.review_id == Task.head).where(Task.kind == "gold", Task.status == "closed")
    skipped = session.scalars(own.where(Task.assigned_to == me))
    return any(viewings.worked_on(session, account, task, since=last) for task in skipped)


def _unseen(
    session: Session, account: Account, rules: DeskRules, queues: Collection[str] | None
) -> Item | None:  # fmt: skip
    """The known answer that the fewest have been asked for, of those that the person may be."""
    draw = gold_draw(account.account_id, last_answer(session, account))
    asked = exists().where(Task.head == Gold.review_id, Task.kind == "gold", Task.assigned_to == account.account_id)
    answered = exists().where(Answer.review_id == Gold.review_id, Answer.account_id == account.account_id)
    original = blind.answered_original(account.account_id)
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


def _in_hand(session: Session, item: Item) -> bool:
    held = exists().where(Task.head == item.review_id, Task.status == "claimed")
    return bool(session.scalar(select(held)))


def _opened_at(session: Session, item: Item, account: Account, rules: DeskRules, now: datetime) -> datetime:
    """Since when it has waited: as long as makes it the next of its queue, and no longer than others have.

    Where it would not be the next with any age that others have, it has waited as long as the oldest.
    """
    jitter = place_of(f"waited:{item.review_id}:{account.account_id}")
    waiting = select(Task).where(Task.status == "open", Task.queue == item.queue, Task.kind == "review")
    first = session.scalar(waiting.order_by(Task.rank.desc()).limit(1))
    if first is None:
        return now - _WAITED * (0.25 + jitter)
    half_life = rules.queue(item.queue).half_life
    ahead = rank_of(item.terms, first.opened_at, half_life) - first.rank  # in half-lives
    oldest = session.scalar(select(func.min(Task.opened_at)).where(Task.status == "open", Task.queue == item.queue))
    longest = (now - (oldest or first.opened_at)) / half_life  # the only one may just have been claimed
    wanted = (now - first.opened_at) / half_life - ahead
    return now - half_life * min(max(wanted, 0.0), max(longest, 0.0)) - _JITTER * jitter


def _renew(session: Session, item: Item, at: datetime, rules: DeskRules, now: datetime) -> None:
    """Move every time of the item, so that it was posted when others were that wait, and came in soon after."""
    was = item.opened_at or item.posted_at
    by = _MS * round((at - was) / _MS)
    shown = content.unseal(session, item)
    assert shown is not None
    due = rules.queue(item.queue).due
    item.posted_at, item.opened_at = item.posted_at + by, was + by
    item.received_at = min(item.received_at + by, item.opened_at + (now - item.opened_at) / 8)
    item.due_at = item.due_at + by if item.due_at else None if due is None else item.opened_at + due
    shown = _moved(shown, by)
    post_id = _free_id(session, item)
    if post_id is not None:
        item.post_id, shown = post_id, renamed(shown, post_id)
    item.content = content.seal(session, shown)


def _free_id(session: Session, item: Item) -> str | None:
    """An id among those of the latest posts, where ids count up; None where the copy keeps its own."""
    if item.author_id is None:  # its key goes by the id
        return None
    latest = select(Item.post_id).where(Item.status == "open").order_by(Item.received_at.desc()).limit(1)
    other = session.scalar(latest)
    for number in range(_DRAWS):
        post_id = None if other is None else beside(item.post_id, other, number)
        if post_id is None or not session.scalar(select(exists().where(Item.post_id == post_id))):
            return post_id
    return None


def _moved(item: ReviewItem, by: timedelta) -> ReviewItem:
    created = item.post.created_at
    return item.model_copy(
        update={
            "source": item.source.model_copy(update={"time": item.source.time + by}),
            "post": item.post.model_copy(update={"created_at": None if created is None else created + by}),
            "due_at": None if item.due_at is None else item.due_at + by,
        }
    )
