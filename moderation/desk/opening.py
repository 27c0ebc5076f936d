"""An item opened for somebody: read from the database once, then shown without it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from moderation.desk.showing.item import ItemShown, shown
from moderation.desk.showing.rules import meaning
from moderation.desk.showing.standing import Due, PriorityShown, due, priority
from moderation.desk.visit import Visit
from moderation.errors import NoSuchItem
from moderation.events import Decision, ReviewItem
from moderation.policy.model import Policy
from moderation.review import appeals, content, surroundings
from moderation.review.answering import ACTIONS, allowed_reasons
from moderation.review.quality import adjudication, again, blind, drawing, reading
from moderation.review.surroundings import Alike, Cluster, Past
from moderation.review.tables import Answer, DecisionRow, Item, Task

Policies = Callable[[str], Policy | None]

WORDS: dict[str, str] = {
    "allow": "It stays as it is",
    "label": "It stays, with a label for readers",
    "restrict": "Fewer people see it",
    "remove": "It is taken down",
}
"""What an answer does, in a few words."""
assert tuple(WORDS) == ACTIONS


@dataclass(frozen=True, slots=True)
class Choice:
    """A reason that an answer may give. `asked` says that the item is here because of it."""

    name: str
    meaning: str
    asked: bool


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands beside the item."""

    past: Past
    alike: tuple[Alike, ...]
    cluster: Cluster


@dataclass(frozen=True, slots=True)
class Appealed:
    """What an appeal is about: the decision, and what the author says (None where that was erased)."""

    action: str
    reasons: tuple[str, ...]
    statement: str | None


@dataclass(frozen=True)
class Opened:
    """An item as a page shows it. `item` is None where its content is gone; `task` where nobody works on it here.

    `eases`: it is harmless, after something that was not.

    What asks for policies, which may take a while, is to be called when the transaction is over.
    """

    row: Item
    item: ReviewItem | None
    policies: Policies
    decision: Decision | None
    task: Task | None
    beside: Surroundings
    priority: PriorityShown | None = None
    due: Due | None = None
    appealed: Appealed | None = None
    between: tuple[Answer, Answer] | None = None
    eases: bool = False

    @cached_property
    def policy(self) -> Policy | None:
        """The one that decided, if it is known here."""
        return policy_of(self.item, self.policies)

    @cached_property
    def shown(self) -> ItemShown | None:
        """The item itself; the policy is asked again for it, many times."""
        return None if self.item is None else shown(self.item, self.policy, self.decision)

    @cached_property
    def choices(self) -> tuple[Choice, ...]:
        """The reasons that an answer may give, those of the item first."""
        if self.item is None:
            return ()
        own = () if self.policy is None else tuple(self.policy.reasons)
        asked = {*self.item.reasons, *(rule.because for rule in self.item.rules)}
        names = [name for name in allowed_reasons(self.item, own) if not name.endswith(("_missing", "_pending"))]
        return tuple(Choice(name, meaning(name, self.policy), name in asked) for name in names)


def of_task(visit: Visit, session: Session, task: Task) -> Opened:
    """The item that stands for a task, for whoever works on it."""
    row = session.get_one(Item, task.head)
    item, decision = _read(session, row)
    due_at = again.due_of(session, task)
    appeal = appeals.appealed_by(session, task)
    half_life = visit.desk.rules.queue(task.queue).half_life
    return Opened(
        row,
        item,
        visit.desk.policies,
        decision,
        task,
        _beside(visit, session, row, item, task),
        priority(task.terms, task.opened_at, half_life, visit.now),
        due(due_at, task.opened_at, visit.now),
        None
        if appeal is None
        else Appealed(appeal.action, tuple(appeal.reasons), appeals.statement_of(session, appeal)),
        adjudication.between(session, task) if task.kind == "adjudication" else None,
        drawing.eases(session, visit.account, task),
    )


def to_read(visit: Visit, session: Session, review_id: str) -> Opened:
    """An item to be looked at only. Raises `NoSuchItem`."""
    row = row_for(visit, session, review_id)
    item, decision = _read(session, row)
    own = None if row.task_id is None else session.get(Task, row.task_id)
    opened = Opened(row, item, visit.desk.policies, decision, None, _beside(visit, session, row, item, own))
    waits = _waiting_task(session, row)
    if waits is None or (waits.kind != "review" and visit.asked is None):
        return opened
    return replace(opened, due=due(again.due_of(session, waits), waits.opened_at, visit.now))


def read(visit: Visit, session: Session, row: Item) -> datetime | None:
    """Count a look at an item that the visitor may not be working on; as `reading.read`."""
    refuses = visit.asked is not None
    return reading.read(session, visit.account, row, visit.desk.rules, refuses=refuses, now=visit.now)


def row_for(visit: Visit, session: Session, review_id: str) -> Item:
    """An item that the visitor may find. Raises `NoSuchItem`."""
    row = session.get(Item, review_id)
    hidden = row is not None and (
        (visit.asked is not None and blind.is_hidden(session, row, visit.asked))
        or (row.status == "gold" and visit.asked is None and not visit.may("quality.see"))
    )
    if row is None or hidden:
        raise NoSuchItem("there is no such item: it may have been kept for its time and deleted since")
    return row


def _waiting_task(session: Session, row: Item) -> Task | None:
    """The task that somebody is asked to do about an item now: first, again, or as a test."""
    of_item = or_(Task.head == row.review_id, Task.task_id == row.task_id)
    asked = Task.status.in_(("open", "claimed")), Task.kind.in_(("review", "second", "gold"))
    return session.scalars(select(Task).where(of_item, *asked).order_by(Task.task_id.desc()).limit(1)).first()


def policy_of(item: ReviewItem | None, policies: Policies) -> Policy | None:
    """The policy that decided, if it is known here. Not to be asked for in a transaction."""
    return None if item is None or item.policy_hash is None else policies(item.policy_hash)


def _read(session: Session, row: Item) -> tuple[ReviewItem | None, Decision | None]:
    item = content.unseal(session, row)
    if item is None:
        return None, None
    stored = row.status != "gold"
    decided = session.get(DecisionRow, item.decision_id) if stored else blind.decision_of(session, row)
    return item, None if decided is None else Decision.model_validate(decided.record)


def _beside(visit: Visit, session: Session, row: Item, item: ReviewItem | None, task: Task | None) -> Surroundings:
    return Surroundings(
        surroundings.past(session, row, visit.asked),
        () if item is None else surroundings.alike(session, row, item, visit.desk.rules.duplicates, visit.asked),
        Cluster((), 0) if task is None else surroundings.cluster(session, task),
    )
