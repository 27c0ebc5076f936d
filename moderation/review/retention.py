"""How long the desk keeps what, and the removing of what is past it. The audit is never cut."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pydantic import Field
from sqlalchemy import ColumnElement, and_, delete, exists, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from moderation.review import audit
from moderation.review.content import owner_of
from moderation.review.database import parts
from moderation.review.locks import alone
from moderation.review.section import Duration, Section
from moderation.review.tables import (
    Answer,
    Appeal,
    AuthorKey,
    DecisionRow,
    Exposure,
    Fingerprint,
    Gold,
    Inheritance,
    Invitation,
    Item,
    Outgoing,
    Task,
    TaskExclusion,
    Viewing,
)
from moderation.review.tables.items import KEPT

AT_ONCE = 2_000
"""How many rows of a table one call removes: others must not wait long."""


class Retention(Section):
    """How long each kind of thing is kept."""

    content: Duration = Field(
        timedelta(days=200),
        description="what users wrote, once it is decided on, since it came; longer than authors have to appeal",
    )
    statements: Duration = Field(timedelta(days=200), description="what authors wrote in appeals, once decided")
    items: Duration = Field(
        timedelta(days=800), description="items, tasks, answers and appeals without content, once done: for statistics"
    )
    decisions: Duration = Field(timedelta(days=800), description="decisions on posts: for notices and reports")
    viewings: Duration = Field(timedelta(days=400), description="who opened which item")
    exposures: Duration = Field(timedelta(days=90), description="what reviewers had to see, for their caps")
    sent: Duration = Field(timedelta(days=7), description="verdicts that Kafka has")


@dataclass(frozen=True, slots=True)
class Removed:
    """Rows per kind that were removed or emptied. `more` says that there is more: call again."""

    counts: dict[str, int] = field(default_factory=dict)
    more: bool = False


_ENDED = select(Task.task_id).where(Task.status.in_(("done", "closed")))
"""Nobody can claim these any more, so that nobody has to be kept from them."""


def apply(session: Session, rules: Retention, *, now: datetime) -> Removed:
    """Remove what is past its time, at most `AT_ONCE` of each kind. Safe to repeat, and to run on several desks.

    To be called before any row is locked: what comes in meanwhile waits, as the last key of an author that goes may be
    the one that a new item is being written under.
    """
    alone(session)
    counts = {
        "content": _contents(session, now - rules.content),
        "statements": _statements(session, now - rules.statements),
        "inheritances": _gone(session, Inheritance.answer_id, Inheritance.ends_at < now),
        "outbox": _gone(session, Outgoing.number, Outgoing.sent_at < now - rules.sent),
        "viewings": _gone(session, Viewing.viewing_id, Viewing.at < now - rules.viewings),
        "exposures": _gone(session, Exposure.exposure_id, Exposure.at < now - rules.exposures),
        "exclusions": _gone(session, TaskExclusion.task_id, TaskExclusion.task_id.in_(_ENDED)),
        "invitations": _gone(session, Invitation.digest, Invitation.ends_at < now),
        "decisions": _gone(session, DecisionRow.decision_id, DecisionRow.at < now - rules.decisions),
        **_items(session, now - rules.items),
    }
    removed = {kind: count for kind, count in counts.items() if count}
    if removed:
        audit.note(session, "moderation", "retention.applied", "database", removed, now=now)
    return Removed(removed, any(count >= AT_ONCE for count in removed.values()))


def _contents(session: Session, before: datetime) -> int:
    """Content that is decided on or taken back, unless an open appeal is about it; and keys that open nothing."""
    appealed = exists().where(Appeal.review_id == Item.review_id, Appeal.outcome.is_(None))
    past = session.execute(
        select(Item.review_id, Item.author_id, Item.post_id)
        .where(KEPT, Item.received_at < before, ~appealed)
        .limit(AT_ONCE)
    ).all()
    for some in parts(past):
        names = [row.review_id for row in some]
        session.execute(update(Item).where(Item.review_id.in_(names)).values(content=None))
        session.execute(delete(Fingerprint).where(Fingerprint.review_id.in_(names)))
    _keys(session, {(row.author_id, row.post_id) for row in past})
    return len(past)


def _statements(session: Session, before: datetime) -> int:
    past = session.execute(
        select(Appeal.appeal_id, Appeal.author_id, Appeal.post_id)
        .where(Appeal.statement.is_not(None), Appeal.decided_at < before)
        .limit(AT_ONCE)
    ).all()
    for some in parts(past):
        names = [row.appeal_id for row in some]
        session.execute(update(Appeal).where(Appeal.appeal_id.in_(names)).values(statement=None))
    _keys(session, {(row.author_id, row.post_id) for row in past})
    return len(past)


def _keys(session: Session, owners: Iterable[tuple[str | None, str]]) -> None:
    """A key goes when nothing is under it any more. What says that an author was erased stays."""
    unused = []
    for author_id, post_id in sorted(owners, key=str):
        own_item = Item.author_id == author_id if author_id is not None else Item.post_id == post_id
        own_appeal = Appeal.author_id == author_id if author_id is not None else Appeal.post_id == post_id
        used = session.scalar(
            select(
                or_(
                    exists().where(own_item, Item.content.is_not(None)),
                    exists().where(own_appeal, Appeal.statement.is_not(None)),
                )
            )
        )
        if not used:
            unused.append(owner_of(author_id, post_id))
    for some in parts(unused):
        session.execute(delete(AuthorKey).where(AuthorKey.author.in_(some), AuthorKey.shredded_at.is_(None)))


def _items(session: Session, before: datetime) -> dict[str, int]:
    """From the leaves to the root; whatever somebody still refers to waits for its turn.

    A second look and an adjudication need their item, and the answers that they look behind: of the task before, and
    of the one before that.
    """
    child, unfinished = aliased(Task), aliased(Task)
    waits = unfinished.status.not_in(("done", "closed"))
    before_it = select(unfinished.parent_id).where(waits, unfinished.parent_id.is_not(None))
    first = select(Task.parent_id).where(Task.task_id.in_(before_it), Task.parent_id.is_not(None))
    of_task: list[ColumnElement[bool]] = [
        ~exists().where(table.task_id == Task.task_id) for table in (Item, Answer, Appeal, Exposure)
    ]
    of_item: list[ColumnElement[bool]] = [
        ~exists().where(table.review_id == Item.review_id) for table in (Answer, Appeal, Gold)
    ]
    of_item.append(~exists().where(unfinished.head == Item.review_id, waits))
    appeals = _gone(session, Appeal.appeal_id, Appeal.decided_at < before)
    answers = _gone(
        session,
        Answer.answer_id,
        and_(
            Answer.answered_at < before,
            ~exists().where(Appeal.answer_id == Answer.answer_id),
            ~exists().where(Inheritance.answer_id == Answer.answer_id),
            Answer.task_id.not_in(before_it),
            Answer.task_id.not_in(first),
        ),
    )
    done = and_(Item.status.in_(("decided", "closed")), Item.received_at < before, Item.content.is_(None), *of_item)
    items = _gone(session, Item.review_id, done, Fingerprint.review_id)
    ended = and_(
        Task.status.in_(("done", "closed")), Task.opened_at < before, *of_task,
        ~exists().where(child.parent_id == Task.task_id),
    )  # fmt: skip
    tasks = _gone(session, Task.task_id, ended, TaskExclusion.task_id)
    return {"appeals": appeals, "answers": answers, "items": items, "tasks": tasks}


def _gone(
    session: Session,
    key: InstrumentedAttribute[Any],
    past: ColumnElement[bool],
    *first: InstrumentedAttribute[Any],
) -> int:
    """Delete rows by their key, `AT_ONCE` at most; before them those that refer to them by `first`."""
    found = list(session.scalars(select(key).where(past).distinct().limit(AT_ONCE)))
    for some in parts(found):
        for reference in first:
            session.execute(delete(reference.class_).where(reference.in_(some)))
        session.execute(delete(key.class_).where(key.in_(some)))
    return len(found)
