"""Forgets an author: the key of what they wrote is shredded, and what stands in clear is taken out.

Numbers, ids, actions and reasons stay, and so does the audit. `moderation.review.shredding` then looks after the files
of the database; what Kafka, backups and exports hold is not the database's to remove.
"""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from moderation.events import Verdict
from moderation.review import audit, orders, priority, queue
from moderation.review.claims import SKIPPED
from moderation.review.content import owner_of
from moderation.review.database import parts
from moderation.review.decided import without_values
from moderation.review.locks import alone
from moderation.review.rules import DeskRules
from moderation.review.tables import (
    Answer,
    Appeal,
    AuthorKey,
    DecisionRow,
    Fingerprint,
    Gold,
    Inheritance,
    Item,
    Outgoing,
    Task,
    TaskExclusion,
)


@dataclass(frozen=True, slots=True)
class Erased:
    """What was forgotten: only what was still there. `key` is the key as it was stored, by which remains are looked
    for; None: there was none.
    """

    author_id: str
    at: datetime
    key: bytes | None = field(repr=False)
    items: int = 0
    statements: int = 0
    notes: int = 0
    decisions: int = 0
    closed: int = 0

    @property
    def nothing(self) -> bool:
        """Whether there was nothing left to forget."""
        return self.key is None and not any((self.items, self.statements, self.notes, self.decisions, self.closed))


@dataclass(frozen=True, slots=True)
class Holdings:
    """What the desk has of an author. `erased_at` is when they were erased last."""

    items: int
    decisions: int
    appeals: int
    erased_at: datetime | None

    @property
    def nothing(self) -> bool:
        """Whether the author was never heard of."""
        return self.erased_at is None and not any((self.items, self.decisions, self.appeals))


def holdings(session: Session, author_id: str) -> Holdings:
    """What `erase` would be about."""
    row = session.get(AuthorKey, owner_of(author_id, ""))
    items, decisions, appeals = (
        session.scalar(select(func.count()).select_from(table).where(table.author_id == author_id)) or 0
        for table in (Item, DecisionRow, Appeal)
    )
    return Holdings(items, decisions, appeals, None if row is None else row.shredded_at)


def erase(session: Session, author_id: str, actor: str, rules: DeskRules, *, now: datetime) -> Erased:
    """Shreds the author's key, and takes out what is not under it. Safe to repeat.

    Posts made before `now` that come again, because Kafka brings them again, are not kept either. Open items and
    appeals of the author are closed: there is nothing to look at any more, and the decisions on them stand.
    """
    alone(session)
    key = _shred(session, author_id, now)
    reviews, tasks = _locked(session, author_id)
    found = Erased(
        author_id,
        now,
        key,
        items=_count_content(session, reviews),
        statements=_forget_appeals(session, author_id, now),
        notes=_forget_answers(session, reviews, tasks),
        decisions=_forget_values(session, author_id),
        closed=_close(session, reviews, rules, now),
    )
    _forget_facts(session, reviews)
    for some in parts(reviews):
        session.execute(update(Item).where(Item.review_id.in_(some)).values(content=None))
        told = Item.review_id.in_(some), Item.digest != ""
        session.execute(update(Item).where(*told).values(digest=orders.LAST))
        session.execute(delete(Fingerprint).where(Fingerprint.review_id.in_(some)))
        session.execute(update(Gold).where(Gold.review_id.in_(some)).values(active=False, explanation=None))
    _forget_outgoing(session, author_id, reviews)
    details = {"items": found.items, "appeals": found.statements, "notes": found.notes, "decisions": found.decisions}
    audit.note(session, actor, "author.erased", f"author:{author_id}", details, now=now)
    return found


def _shred(session: Session, author_id: str, now: datetime) -> bytes | None:
    owner = owner_of(author_id, "")
    row = session.get(AuthorKey, owner, with_for_update=True)
    if row is None:  # nothing is here yet, and what Kafka may still bring must not be kept
        session.add(AuthorKey(author=owner, key=None, shredded_at=now))
        return None
    key, row.key, row.shredded_at = row.key, None, now
    return key


def _locked(session: Session, author_id: str) -> tuple[list[str], list[int]]:
    """The author's items and their tasks: tasks before items, as answers and intake do, and in order."""
    own = select(Item.review_id).where(Item.author_id == author_id).order_by(Item.review_id)
    for some in parts(_tasks(session, list(session.scalars(own)))):
        session.execute(select(Task.task_id).where(Task.task_id.in_(some)).order_by(Task.task_id).with_for_update())
    reviews = list(session.scalars(own.with_for_update()))
    return reviews, _tasks(session, reviews)


def _tasks(session: Session, reviews: list[str]) -> list[int]:
    found: set[int] = set()
    for some in parts(reviews):
        found.update(session.scalars(select(Task.task_id).where(Task.head.in_(some))))
        found.update(one for one in session.scalars(select(Item.task_id).where(Item.review_id.in_(some))) if one)
    return sorted(found)


def _count_content(session: Session, reviews: list[str]) -> int:
    kept = 0
    for some in parts(reviews):
        own = select(func.count()).select_from(Item).where(Item.review_id.in_(some), Item.content.is_not(None))
        kept += session.scalar(own) or 0
    return kept


def _forget_facts(session: Session, reviews: list[str]) -> None:
    """The terms of a priority tell facts of the platform, such as how many follow the author: their product stays."""
    for some in parts(reviews):
        for item in session.scalars(select(Item).where(Item.review_id.in_(some))):
            item.terms = priority.only_product(item.terms)
        for task in session.scalars(select(Task).where(Task.head.in_(some))):
            task.terms = priority.only_product(task.terms)
    session.flush()


def _forget_appeals(session: Session, author_id: str, now: datetime) -> int:
    own = session.scalars(select(Appeal).where(Appeal.author_id == author_id)).all()
    statements = sum(appeal.statement is not None for appeal in own)
    for appeal in own:
        appeal.statement = None
        if appeal.outcome is None:
            appeal.outcome, appeal.decided_at = "withdrawn", now
    return statements


def _forget_answers(session: Session, reviews: list[str], tasks: list[int]) -> int:
    """Reviewers quote in notes and in reasons to skip, and what a verdict is inherited by is a digest of the text."""
    answers: set[int] = set()
    for some in parts(reviews):
        answers.update(session.scalars(select(Answer.answer_id).where(Answer.review_id.in_(some))))
    for some_tasks in parts(tasks):
        answers.update(session.scalars(select(Answer.answer_id).where(Answer.task_id.in_(some_tasks))))
    notes = 0
    for some_answers in parts(sorted(answers)):
        noted = select(Answer.answer_id).where(Answer.answer_id.in_(some_answers), Answer.note.is_not(None))
        notes += len(session.scalars(noted).all())
        session.execute(update(Answer).where(Answer.answer_id.in_(some_answers)).values(note=None))
        session.execute(delete(Inheritance).where(Inheritance.answer_id.in_(some_answers)))
    for some_tasks in parts(tasks):
        own = TaskExclusion.task_id.in_(some_tasks), TaskExclusion.why.startswith(SKIPPED)
        session.execute(update(TaskExclusion).where(*own).values(why=SKIPPED))
    return notes


def _forget_values(session: Session, author_id: str) -> int:
    """A decision keeps what was done and by which rules; what these saw, facts of the platform among it, goes."""
    changed = 0
    for row in session.scalars(select(DecisionRow).where(DecisionRow.author_id == author_id)).all():
        record = without_values(row.record)
        if record != row.record:
            row.record = record
            changed += 1
    return changed


def _forget_outgoing(session: Session, author_id: str, reviews: list[str]) -> None:
    """What was sent need not be kept; what was not must still be sent, without its note."""
    posts: set[str] = set(session.scalars(select(DecisionRow.post_id).where(DecisionRow.author_id == author_id)))
    for some in parts(reviews):
        posts.update(session.scalars(select(Item.post_id).where(Item.review_id.in_(some))))
    for some in parts(sorted(posts)):
        session.execute(delete(Outgoing).where(Outgoing.key.in_(some), Outgoing.sent_at.is_not(None)))
        for waiting in session.scalars(select(Outgoing).where(Outgoing.key.in_(some), Outgoing.topic == "verdicts")):
            verdict = Verdict.model_validate_json(waiting.value)
            waiting.value = verdict.model_copy(update={"note": None}).to_json()


def _close(session: Session, reviews: list[str], rules: DeskRules, now: datetime) -> int:
    """Near-duplicates by other authors stay in line; second looks, appeals and gold are about one item only."""
    closed = 0
    for some in parts(reviews):
        for item in session.scalars(select(Item).where(Item.review_id.in_(some), Item.status == "open")).all():
            item.status = "closed"
            queue.leave(session, item, rules)
            closed += 1
    for some in parts(reviews):
        undone = Task.status.in_(("open", "claimed", "hidden"))
        for task in session.scalars(select(Task).where(Task.head.in_(some), undone)):
            task.status, task.done_at = "closed", now
            task.account_id = task.lease_until = None
    return closed
