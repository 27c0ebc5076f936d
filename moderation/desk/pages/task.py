"""What else becomes of a task: claimed again, skipped, given back or to somebody, kept for longer, the next fetched."""

from collections.abc import Sequence
from contextlib import suppress
from threading import Thread
from typing import Annotated

from fastapi import Form
from fastapi.responses import Response
from sqlalchemy.orm import Session

from moderation.desk import taking
from moderation.desk.media.stills import Stills
from moderation.desk.pages import Pages
from moderation.desk.showing.media import MediaShown, media_of
from moderation.desk.visit import Visit
from moderation.desk.working import GONE, TaskNumber, go_on, over
from moderation.errors import MediaError, ModerationError, NoSuchItem, ReviewError
from moderation.events import ReviewItem
from moderation.review import claims, content
from moderation.review.quality import claiming
from moderation.review.tables import Account, Item, Task

router = Pages()


@router.post("/tasks/{task_id}/claim", permission="item.answer")
def again(visit: Visit, task_id: TaskNumber) -> Response:
    """Claim a certain task: what one had until its time ran out, or what is kept for one; of leads any."""
    visit.transact(
        lambda session: claiming.take(
            session, task_id, visit.account, visit.desk.rules, picks=visit.may("item.pick"), now=visit.now
        )
    )
    return visit.redirect(visit.task(task_id))


@router.post("/tasks/{task_id}/skip", permission="item.answer")
def skip(
    visit: Visit, task_id: TaskNumber, why: Annotated[str, Form()] = "", other: Annotated[str, Form()] = ""
) -> Response:
    """Leave it to others, with a reason, and go on with the next."""
    if not other.strip() and not why:
        raise ReviewError("choose why you skip it, or write something else")
    try:
        visit.transact(
            lambda session: claiming.skip(
                session, task_id, visit.account, other.strip() or why, visit.desk.rules, now=visit.now
            )
        )
    except GONE as problem:
        return over(visit, task_id, problem)
    return go_on(visit, task_id, "Skipped: you do not get it again.")


@router.post("/tasks/{task_id}/release", permission="item.answer")
def release(visit: Visit, task_id: TaskNumber) -> Response:
    """Give it back, and what was claimed ahead, too: the visitor stops."""

    def given_back(session: Session) -> None:
        claiming.release(session, task_id, visit.account, visit.desk.rules, now=visit.now)
        for task in taking.ahead(session, visit):
            claims.release(session, task.task_id, visit.account, now=visit.now)

    try:
        visit.transact(given_back)
    except GONE as problem:
        return over(visit, task_id, problem)
    return visit.redirect("/next", told="Given back to its queue.")


@router.post("/tasks/{task_id}/extend", permission="item.answer")
def extend(visit: Visit, task_id: TaskNumber) -> Response:
    """More time."""
    task = visit.transact(
        lambda session: claims.extend(session, task_id, visit.account, visit.desk.rules, now=visit.now)
    )
    return visit.render("item/lease.html", task=task, more="You have more time.")


@router.post("/tasks/{task_id}/reassign", permission="item.reassign")
def reassign(visit: Visit, task_id: TaskNumber, to: Annotated[int, Form()]) -> Response:
    """Hand it to somebody else."""

    def given(session: Session) -> str:
        account = session.get(Account, to)
        if account is None:
            raise NoSuchItem("there is no such account")
        claims.reassign(session, task_id, account, visit.desk.rules, by=visit.account, now=visit.now)
        return account.name

    return go_on(visit, task_id, f"Given to {visit.transact(given)}.")


@router.post("/tasks/{task_id}/ahead", permission="item.answer")
def ahead(visit: Visit, task_id: TaskNumber) -> Response:
    """Claim the one after this, and have its media fetched, while this one is looked at."""

    def following(session: Session) -> ReviewItem | None:
        claims.own(session, task_id, visit.account, now=visit.now)
        task = taking.following(session, visit, "", beside=task_id)
        return content.unseal(session, session.get_one(Item, task.head)) if isinstance(task, Task) else None

    with suppress(ModerationError):  # nothing is lost by it: the next is claimed when it is asked for
        item = visit.transact(following)
        if item is not None:
            media = media_of(item, {})
            Thread(target=_fetch, args=(visit.desk.stills, media), name="fetch ahead", daemon=True).start()
    return Response(status_code=204)


def _fetch(stills: Stills, media: Sequence[MediaShown]) -> None:
    """Have the pixels at hand. What fails here is told when it is asked for."""
    for each in media:
        if each.absent is None:
            try:
                stills.of(each.media, each.times)
            except MediaError:
                continue
