"""What a reviewer sees beside an item: its author's past, answers to similar posts, and the rest of its cluster."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation.events import ReviewItem
from moderation.review import clusters
from moderation.review.quality import gold
from moderation.review.rules import Duplicates
from moderation.review.tables import Answer, DecisionRow, Item, Task

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
    """A post that is as good as the same, and how it was answered."""

    item: Item
    answer: Answer


@dataclass(frozen=True, slots=True)
class Cluster:
    """The other items that the answer decides, some of them, and how many there are."""

    others: tuple[Item, ...]
    count: int


def past(session: Session, item: Item) -> Past:
    """The author's other posts; nothing of posts without an author.

    Not those of this item's own cluster, nor what was answered along with it later: whoever looks a second time must
    not see what the first one said.
    """
    if item.author_id is None:
        return Past({}, ())
    of_author = (
        DecisionRow.author_id == item.author_id,
        DecisionRow.post_id != item.post_id,
        DecisionRow.post_id.not_in(gold.posts_behind(item)),
        DecisionRow.current.is_(True),
        *(
            DecisionRow.post_id.not_in(select(Item.post_id).where(column == value))
            for column, value in ((Item.task_id, item.task_id), (Item.answer_id, item.answer_id))
            if value is not None
        ),
    )
    counts = session.execute(select(DecisionRow.action, func.count()).where(*of_author).group_by(DecisionRow.action))
    latest = session.scalars(select(DecisionRow).where(*of_author).order_by(DecisionRow.at.desc()).limit(LATEST))
    return Past(dict(counts.all()), tuple(latest))


def alike(session: Session, row: Item, item: ReviewItem, rules: Duplicates) -> tuple[Alike, ...]:
    """Answers to near-duplicates, the latest first; not of its own cluster."""
    found = []
    behind = gold.original_of(session, row)
    for answer in clusters.answered_alike(session, item, rules, SIMILAR + 1):
        other = session.get_one(Item, answer.review_id)
        own = other.task_id is not None and other.task_id == row.task_id
        if other.review_id not in (row.review_id, behind) and not own:
            found.append(Alike(other, answer))
    return tuple(found[:SIMILAR])


def cluster(session: Session, task: Task) -> Cluster:
    """The items besides the head."""
    of_task = (Item.task_id == task.task_id, Item.review_id != task.head)
    count = session.scalar(select(func.count()).select_from(Item).where(*of_task)) or 0
    if not count:
        return Cluster((), 0)
    others = session.scalars(select(Item).where(*of_task).order_by(Item.received_at).limit(MEMBERS))
    return Cluster(tuple(others), count)
