"""What a reviewer sees beside an item: its author's past, answers to similar posts, and the rest of its cluster."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation.events import ReviewItem
from moderation.review import clusters
from moderation.review.quality import blind, gold
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


def past(session: Session, item: Item, asked: int | None = None) -> Past:
    """The author's other posts; nothing of posts without an author.

    Not those of this item's own cluster, nor what was answered along with it later: whoever looks a second time must
    not see what the first one said. `asked` is an account that may be asked about any of the others, too: those stand
    as they do for who is asked.
    """
    if item.author_id is None:
        return Past({}, ())
    of_author = [
        DecisionRow.author_id == item.author_id,
        DecisionRow.post_id != item.post_id,
        DecisionRow.post_id.not_in(gold.posts_behind(item)),
        DecisionRow.current.is_(True),
        *(
            DecisionRow.post_id.not_in(select(Item.post_id).where(column == value))
            for column, value in ((Item.task_id, item.task_id), (Item.answer_id, item.answer_id))
            if value is not None
        ),
    ]
    instead: list[DecisionRow] = []
    if asked is not None:
        of_author.append(DecisionRow.post_id.not_in(blind.hidden_posts(asked)))
        by_people = select(DecisionRow.post_id).where(*of_author, DecisionRow.verdict_id.is_not(None))
        again = blind.posts_asked_again(session, by_people)  # of who posts a lot, more than a statement can name
        of_author.append(DecisionRow.post_id.not_in(again))
        own = blind.given(session, asked, Item.author_id == item.author_id, Item.review_id != item.review_id)
        instead = [row for row in blind.before_people(session, again) if row.current]
        instead += [blind.decision_of(session, copy) for copy in own]
    counts = Counter(row.action for row in instead)
    for action, count in session.execute(
        select(DecisionRow.action, func.count()).where(*of_author).group_by(DecisionRow.action)
    ):
        counts[action] += count
    stored = session.scalars(select(DecisionRow).where(*of_author).order_by(DecisionRow.at.desc()).limit(LATEST))
    latest = sorted([*stored, *instead], key=lambda row: row.at, reverse=True)
    return Past(dict(counts), tuple(latest[:LATEST]))


def alike(
    session: Session, row: Item, item: ReviewItem, rules: Duplicates, asked: int | None = None
) -> tuple[Alike, ...]:  # fmt: skip
    """Answers to near-duplicates, the latest first; not of its own cluster.

    Nor where the account `asked` may be asked for its own.
    """
    found = []
    behind = gold.original_of(session, row)
    answers = clusters.answered_alike(session, item, rules, SIMILAR + 1)
    kept_back = _kept_back(session, answers, asked)
    for answer in answers:
        other = session.get_one(Item, answer.review_id)
        own = other.task_id is not None and other.task_id == row.task_id
        if other.review_id not in (row.review_id, behind) and not own and answer.answer_id not in kept_back:
            found.append(Alike(other, answer))
    return tuple(found[:SIMILAR])


def _kept_back(session: Session, answers: Sequence[Answer], asked: int | None) -> frozenset[int]:
    """Those of some answers that an account must not see, as it may be asked for its own."""
    if asked is None or not answers:
        return frozenset()
    again = blind.asked_again(session, {answer.review_id for answer in answers})
    ids = [answer.answer_id for answer in answers]
    copied = set(session.scalars(blind.hidden_answers(asked).where(Item.answer_id.in_(ids))))
    return frozenset(answer.answer_id for answer in answers if answer.answer_id in copied or answer.review_id in again)


def cluster(session: Session, task: Task) -> Cluster:
    """The items besides the head; of a second look, those of the first where they do not wait for it."""
    tasks = [task.task_id] if task.kind != "second" else [task.task_id, task.parent_id]
    of_task = (Item.task_id.in_(tasks), Item.review_id != task.head)
    count = session.scalar(select(func.count()).select_from(Item).where(*of_task)) or 0
    if not count:
        return Cluster((), 0)
    others = session.scalars(select(Item).where(*of_task).order_by(Item.received_at).limit(MEMBERS))
    return Cluster(tuple(others), count)
