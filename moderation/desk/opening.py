"""An item opened for somebody: read from the database once, then shown without it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

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
from moderation.review.quality import adjudication
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
        due(task.due_at, task.opened_at, visit.now),
        None
        if appeal is None
        else Appealed(appeal.action, tuple(appeal.reasons), appeals.statement_of(session, appeal)),
        adjudication.between(session, task) if task.kind == "adjudication" else None,
    )


def to_read(visit: Visit, session: Session, review_id: str) -> Opened:
    """An item to be looked at only. Raises `NoSuchItem`."""
    row = row_of(session, review_id)
    item, decision = _read(session, row)
    task = None if row.task_id is None else session.get(Task, row.task_id)
    beside = _beside(visit, session, row, item, task)
    opened = Opened(row, item, visit.desk.policies, decision, None, beside)
    waits = task is not None and row.status == "open"
    return replace(opened, due=due(task.due_at, task.opened_at, visit.now)) if task is not None and waits else opened


def row_of(session: Session, review_id: str) -> Item:
    """Raises `NoSuchItem`."""
    row = session.get(Item, review_id)
    if row is None:
        raise NoSuchItem("there is no such item: it may have been kept for its time and deleted since")
    return row


def policy_of(item: ReviewItem | None, policies: Policies) -> Policy | None:
    """The policy that decided, if it is known here. Not to be asked for in a transaction."""
    return None if item is None or item.policy_hash is None else policies(item.policy_hash)


def _read(session: Session, row: Item) -> tuple[ReviewItem | None, Decision | None]:
    item = content.unseal(session, row)
    decided = None if item is None else session.get(DecisionRow, item.decision_id)
    return item, None if decided is None else Decision.model_validate(decided.record)


def _beside(visit: Visit, session: Session, row: Item, item: ReviewItem | None, task: Task | None) -> Surroundings:
    return Surroundings(
        surroundings.past(session, row),
        () if item is None else surroundings.alike(session, row, item, visit.desk.rules.duplicates),
        Cluster((), 0) if task is None else surroundings.cluster(session, task),
    )
