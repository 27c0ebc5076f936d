"""What a reviewer sees beside an item: its author's past, answers to similar posts, and the rest of its cluster."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session, aliased

from moderation.review.tables import Answer, DecisionRow, Fingerprint, Item, Task

LATEST = 8
SIMILAR = 5
MEMBERS = 20


@dataclass(frozen=True, slots=True)
class Past:
    """Of one author: how many decisions in force there are per action, and the latest. Other posts only."""

    counts: Mapping[str, int]
    latest: tuple[DecisionRow, ...]

    @property
    def posts(self) -> int:
        """How many posts the desk knows decisions of."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Alike:
    """A post that looks the same, and how it was answered. `same` says that nothing of the digest differs."""

    item: Item
    action: str
    reasons: tuple[str, ...]
    at: datetime
    same: bool


@dataclass(frozen=True, slots=True)
class Cluster:
    """The other items that the answer decides, some of them, and how many there are."""

    others: tuple[Item, ...]
    count: int


def past(session: Session, item: Item) -> Past:
    """The author's other posts; nothing of posts without an author.

    Not those of this item's own cluster: whoever looks a second time must not see what the first one said.
    """
    if item.author_id is None:
        return Past({}, ())
    of_author = (
        DecisionRow.author_id == item.author_id,
        DecisionRow.post_id != item.post_id,
        DecisionRow.post_id.not_in(select(Item.post_id).where(Item.task_id == item.task_id)),
        DecisionRow.current.is_(True),
    )
    counts = session.execute(select(DecisionRow.action, func.count()).where(*of_author).group_by(DecisionRow.action))
    latest = session.scalars(select(DecisionRow).where(*of_author).order_by(DecisionRow.at.desc()).limit(LATEST))
    return Past(dict(counts.tuples()), tuple(latest))


def alike(session: Session, item: Item) -> tuple[Alike, ...]:
    """Answers that stand on posts which share a part of their fingerprint, the latest first; not of its own cluster."""
    own, other = aliased(Fingerprint), aliased(Fingerprint)
    same = func.max(case((other.digest == own.digest, 1), else_=0)).label("same")
    shared = (
        select(other.review_id, same)
        .join(own, and_(own.kind == other.kind, own.place == other.place, own.band == other.band))
        .where(own.review_id == item.review_id, other.review_id != item.review_id)
        .group_by(other.review_id)
        .subquery()
    )
    found = session.execute(
        select(Item, Answer, shared.c.same)
        .join(shared, shared.c.review_id == Item.review_id)
        .join(Answer, Answer.answer_id == Item.answer_id)
        .where(Item.task_id.is_distinct_from(item.task_id))
        .order_by(Answer.answered_at.desc())
        .limit(SIMILAR)
    )
    return tuple(
        Alike(row, answer.action, tuple(answer.reasons), answer.answered_at, bool(same)) for row, answer, same in found
    )


def cluster(session: Session, task: Task) -> Cluster:
    """The items besides the head."""
    of_task = (Item.task_id == task.task_id, Item.review_id != task.head)
    count = session.scalar(select(func.count()).select_from(Item).where(*of_task)) or 0
    if not count:
        return Cluster((), 0)
    others = session.scalars(select(Item).where(*of_task).order_by(Item.received_at).limit(MEMBERS))
    return Cluster(tuple(others), count)
