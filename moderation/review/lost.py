"""Why somebody does not have a task any more, in words for them."""

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from moderation.errors import AlreadyDone, LeaseExpired, NotHeld, ReviewError
from moderation.review import content
from moderation.review.tables import Account, AuditEntry, Item, Task


def ended(session: Session, task: Task) -> AlreadyDone:
    """Of a task that is done or closed."""
    if task.status == "done":
        return AlreadyDone("this item has been answered already: go on with the next")
    head = session.get(Item, task.head)
    if head is not None and content.is_erased(
        session, author_id=head.author_id, post_id=head.post_id, at=head.posted_at
    ):
        return AlreadyDone("the author was erased, so there is nothing to answer any more: go on with the next")
    return AlreadyDone("a later decision has taken this item back, so no answer is needed: go on with the next")


def why(session: Session, task: Task, account: Account) -> ReviewError:
    """Of a task that nobody holds. What the person did themselves is told as that."""
    if task.status == "done":
        return ended(session, task)
    me = f"account:{account.account_id}"
    last = session.scalars(
        select(AuditEntry)
        .where(AuditEntry.subject == f"task:{task.task_id}")
        .where(or_(AuditEntry.actor == me, AuditEntry.details["from"].as_string() == me))
        .order_by(AuditEntry.number.desc())
        .limit(1)
    ).first()
    did = None if last is None else last.did
    if did == "task.skipped":  # also where it was a test, which is closed then: nobody shall tell them apart
        return NotHeld("you skipped this item: go on with the next")
    if task.status == "closed":
        return ended(session, task)
    if did == "task.released":
        return NotHeld("you gave this item back to its queue: go on with the next")
    if last is not None and did == "task.reassigned":
        by = "you have" if last.actor == me else "a lead has"
        return NotHeld(f"{by} given this item to somebody: go on with the next")
    return LeaseExpired("the time for this item ran out, and it went back to its queue: claim it again")
