"""Appeals: an author does not agree with a decision, and somebody who had no part in it looks again."""

import uuid
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from moderation import ids
from moderation.errors import AlreadyDone, NoSuchItem, ReviewError
from moderation.events import SEVERITY, Decision, Post, ReviewItem, Source
from moderation.policy.review import asked_about
from moderation.review import audit, content, verdicts
from moderation.review.locks import alone, hold
from moderation.review.quality.again import let_go
from moderation.review.routing import language_of, modality_of
from moderation.review.rules import DeskRules
from moderation.review.tables import Answer, Appeal, DecisionRow, Item, Task, TaskExclusion
from moderation.review.tasks import open_on, weigh

MAX_STATEMENT = 10_000
"""Characters of a statement."""

QUEUE = "appeals"
"""Where appeals wait."""

RESTRICTING = ("label", "restrict", "hold", "remove")
"""What can be appealed: it was done to somebody."""


class Filing(BaseModel):
    """What a program files for an author. `post` is needed where the desk has no item of the post."""

    model_config = ConfigDict(extra="forbid")

    decision_id: str = Field(pattern=r"^[^\x00]{1,256}$")
    statement: str
    post: Post | None = None


def file(session: Session, filing: Filing, filed_by: str, rules: DeskRules, *, now: datetime) -> tuple[Appeal, bool]:
    """The appeal against a decision, and whether it is new: a decision is appealed once.

    `filed_by` is the actor, as in the audit. To be called before any row is locked: the retention waits meanwhile, as
    the last key of an author that goes may be the one that the appeal is being written under. Raises `NoSuchItem` for
    a decision that the desk does not know, `AlreadyDone` for one that has been replaced, `ReviewError` for what cannot
    be appealed, or not without the post.
    """
    alone(session)  # one of two that file at once waits here, and then finds the other's
    row = session.get(DecisionRow, filing.decision_id, with_for_update=True)
    known = session.scalar(select(Appeal).where(Appeal.decision_id == filing.decision_id))
    if known is not None:
        return known, False
    if row is None:
        raise NoSuchItem(f"no decision {filing.decision_id} is known here; one just made takes a moment to arrive")
    _check(session, row, filing.statement)
    item = _item_of(session, row) or _item_from(session, row, filing.post, now=now)
    appeal_id = str(uuid.uuid4())
    task = _open(session, item, rules, now=now)
    appeal = Appeal(
        appeal_id=appeal_id,
        decision_id=row.decision_id,
        post_id=row.post_id,
        author_id=row.author_id,
        review_id=item.review_id,
        action=row.action,
        reasons=row.reasons,
        statement=content.seal_text(
            session,
            filing.statement.strip(),
            author_id=row.author_id,
            post_id=row.post_id,
            place=f"appeal:{appeal_id}",
            at=now,
        ),
        filed_by=filed_by,
        filed_at=now,
        task_id=task.task_id,
        against=None if row.verdict_id is None else _who_gave(session, item),
    )
    session.add(appeal)
    details = {"decision_id": row.decision_id, "task": task.task_id}
    audit.note(session, filed_by, "appeal.filed", f"appeal:{appeal_id}", details, now=now)
    session.flush()
    return appeal, True


def statement_of(session: Session, appeal: Appeal) -> str | None:
    """What the author says; None where the author was erased."""
    return content.unseal_text(
        session,
        appeal.statement,
        author_id=appeal.author_id,
        post_id=appeal.post_id,
        place=f"appeal:{appeal.appeal_id}",
    )


def appealed_by(session: Session, task: Task) -> Appeal | None:
    """The appeal that a task answers, if it answers one."""
    return session.scalar(select(Appeal).where(Appeal.task_id == task.task_id)) if task.kind == "appeal" else None


def decide(
    session: Session, task: Task, answer: Answer, shown: ReviewItem, rules: DeskRules, *, now: datetime
) -> None:  # fmt: skip
    """What the answer to an appeal leads to. One that changes anything is a verdict, which corrects the decision.

    Raises `ReviewError` for an answer that is harder on the author than the decision was.
    """
    appeal = session.scalars(select(Appeal).where(Appeal.task_id == task.task_id)).one()
    milder = _severity(answer.action) < _severity(appeal.action)
    if appeal.action != "hold" and _severity(answer.action) > _severity(appeal.action):
        raise ReviewError(
            f"an appeal does not make it worse: the decision was '{appeal.action}', "
            "so the answer is that, or something milder"
        )
    if answer.action != appeal.action or set(answer.reasons) != set(appeal.reasons):
        item = session.get_one(Item, appeal.review_id)
        hold(session, item)
        if item.answer_id is not None:
            verdicts.disinherit(session, item.answer_id)
        if item.status == "open":  # a rule had sent it to a human, too
            let_go(session, item, rules)
        verdicts.send(session, answer, [item], shown.source.topic, now=now)
    appeal.outcome = "overturned" if milder else "upheld"
    appeal.decided_at, appeal.verdict_id, appeal.answer_id = now, answer.verdict_id, answer.answer_id


def withdraw(session: Session, task: Task, *, now: datetime) -> None:
    """There is nothing to look at any more: the appeal that the task answers, if it answers one, ends so."""
    appeal = appealed_by(session, task)
    if appeal is not None:
        appeal.outcome, appeal.decided_at = "withdrawn", now
        details = {"task": task.task_id}
        audit.note(session, "moderation", "appeal.withdrawn", f"appeal:{appeal.appeal_id}", details, now=now)


def _severity(action: str) -> int:
    return SEVERITY.index(action)


def _check(session: Session, row: DecisionRow, statement: str) -> None:
    if row.action not in RESTRICTING:
        raise ReviewError(f"the decision was '{row.action}': only {', '.join(RESTRICTING)} can be appealed")
    if not row.current:
        later = session.scalar(
            select(DecisionRow.decision_id).where(DecisionRow.post_id == row.post_id, DecisionRow.current)
        )
        raise AlreadyDone(f"the decision has been replaced, by {later}: appeal against that one")
    if not statement.strip():
        raise ReviewError("an appeal needs the author's statement: why the decision is wrong")
    if len(statement) > MAX_STATEMENT:
        raise ReviewError(f"the statement has {len(statement):,} characters: {MAX_STATEMENT:,} are the most")


def _item_of(session: Session, row: DecisionRow) -> Item | None:
    """The item on which it was decided, or the last one of the same revision, if its content can still be read."""
    found = session.scalars(
        select(Item)
        .where(Item.post_id == row.post_id, Item.revision == row.revision, Item.status != "gold")
        .order_by(
            (Item.decision_id == row.decision_id).desc(),
            (Item.verdict_id == row.verdict_id).desc().nulls_last(),  # which PostgreSQL has first
            Item.received_at.desc(),
        )
    ).first()  # fmt: skip
    return found if found is not None and content.unseal(session, found) is not None else None


def _item_from(session: Session, row: DecisionRow, post: Post | None, *, now: datetime) -> Item:
    """An item of what the program sent, as no rule had sent the post to the desk."""
    written_at = row.at if post is None or post.created_at is None else min(row.at, post.created_at)
    if content.is_erased(session, author_id=row.author_id, post_id=row.post_id, at=written_at):
        raise ReviewError("the author was erased after the post was made, so there is nothing to look at again")
    if post is None:
        raise ReviewError("the desk has no content of this post: send it along, as 'post'")
    if (post.post_id, post.revision, post.author_id) != (row.post_id, row.revision, row.author_id):
        raise ReviewError(
            f"the post is not the one of the decision: that was on {row.post_id}, revision {row.revision}, "
            f"of author {row.author_id}"
        )
    decision = Decision.model_validate(row.record)
    review_id = ids.review_id(row.post_id, row.revision, f"appeal:{row.decision_id}")
    source = Source(topic="appeals", partition=row.partition, offset=0, time=post.created_at or row.at)
    item = asked_about(
        post, decision, source, review_id=review_id, queue=QUEUE, reasons=decision.reasons
    )  # fmt: skip
    kept = Item(
        review_id=review_id,
        status="decided",
        post_id=row.post_id,
        revision=row.revision,
        occasion=decision.occasion,
        author_id=row.author_id,
        decision_id=row.decision_id,
        queue=QUEUE,
        surface=post.surface,
        language=language_of(item),
        modality=modality_of(item),
        partition=row.partition,
        offset=0,
        posted_at=source.time,
        received_at=now,
        content=content.seal(session, item),
    )
    session.add(kept)
    session.flush()
    return kept


def _open(session: Session, item: Item, rules: DeskRules, *, now: datetime) -> Task:
    """The task of an appeal, for anybody who has not answered on the item before."""
    shown = content.unseal(session, item)
    assert shown is not None
    weigh(item, shown, rules)
    due = rules.queue(QUEUE).due
    due_at = None if due is None else now + due
    task = open_on(session, item, "appeal", rules, queue=QUEUE, opened_at=now, due_at=due_at)
    answered = or_(Answer.review_id == item.review_id, Answer.answer_id == item.answer_id)
    for account_id in session.scalars(select(Answer.account_id).where(answered).distinct()):
        session.add(TaskExclusion(task_id=task.task_id, account_id=account_id, why="has answered on it"))
    return task


def _who_gave(session: Session, item: Item) -> int | None:
    """Whose answer stands on the item."""
    return session.scalar(select(Answer.account_id).where(Answer.answer_id == item.answer_id))
