"""Who looked at what: an item that was opened, media that were made visible. Each is told to the audit."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.review import audit
from moderation.review.tables import Account, Task, Viewing
from moderation.review.verdicts import reviewer_of

ITEM = "item"
_ONCE = timedelta(minutes=30)
"""Within this time, looking again is the same look, and what was asked for may be seen."""


def opened(session: Session, account: Account, task: Task, *, now: datetime) -> None:
    """Somebody who works on a task has its item in front of them for the first time."""
    _note(session, account, task.head, _at_work(task), "item.viewed", {}, now)


def read(session: Session, account: Account, review_id: str, *, now: datetime) -> None:
    """Somebody reads an item; again within half an hour is the same look."""
    _once(session, account, review_id, ITEM, "item.viewed", {}, now)


def has_opened(session: Session, account: Account, task: Task) -> bool:
    """Whether a person has had the item of a task in front of them since they claimed it."""
    return task.claimed_at is not None and bool(
        session.scalar(
            select(Viewing.viewing_id)
            .where(
                Viewing.account_id == account.account_id,
                Viewing.review_id == task.head,
                Viewing.what == _at_work(task),
                Viewing.at >= task.claimed_at,
            )
            .limit(1)
        )
    )


def has_begun(session: Session, account: Account, task: Task) -> bool:
    """The same of whichever item stood for the task then: another may have come to stand for it since."""
    return task.claimed_at is not None and worked_on(session, account, task, since=task.claimed_at)


def worked_on(session: Session, account: Account, task: Task, *, since: datetime) -> bool:
    """Whether a person has had the item of a task in front of them as their work, since then."""
    at_work = (Viewing.account_id == account.account_id, Viewing.what == _at_work(task), Viewing.at >= since)
    return bool(session.scalar(select(Viewing.viewing_id).where(*at_work).limit(1)))


def unblurred(session: Session, account: Account, review_id: str, place: int, part: str, *, now: datetime) -> None:
    """Somebody has asked to see more of a picture or clip, by its place in the post: `part` says of what.

    No id of it is kept: it may be the name of a file, and stay when the author is erased.
    """
    what = what_of(place, part)
    _once(session, account, review_id, what, "media.unblurred", {"media": place + 1, "part": part}, now)


def seen(session: Session, account: Account, review_id: str, *, now: datetime) -> frozenset[str]:
    """What a person has asked to see of an item's media within the last half hour, as `what_of` names it."""
    found = select(Viewing.what).where(
        Viewing.account_id == account.account_id, Viewing.review_id == review_id, Viewing.at > now - _ONCE
    )
    return frozenset(session.scalars(found)) - {ITEM}


def what_of(place: int, part: str) -> str:
    """`what` of a viewing of media: `picture: 1` of the first."""
    return f"{part}: {place + 1}"


def _at_work(task: Task) -> str:
    return f"{ITEM}: task {task.task_id}"


def _once(
    session: Session, account: Account, review_id: str, what: str, did: str, details: dict[str, Any], now: datetime
) -> None:
    recent = session.scalar(
        select(Viewing.viewing_id)
        .where(
            Viewing.account_id == account.account_id,
            Viewing.review_id == review_id,
            Viewing.what == what,
            Viewing.at > now - _ONCE,
        )
        .limit(1)
    )
    if recent is None:
        _note(session, account, review_id, what, did, details, now)


def _note(
    session: Session, account: Account, review_id: str, what: str, did: str, details: dict[str, Any], now: datetime
) -> None:
    session.add(Viewing(account_id=account.account_id, review_id=review_id, what=what, at=now))
    audit.note(session, reviewer_of(account.account_id), did, f"item:{review_id}", details, now=now)
