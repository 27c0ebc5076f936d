"""A task in front of its reviewer: shown, followed by the next, or theirs no more."""

import json
from typing import Annotated, NamedTuple

from fastapi import Depends
from fastapi.responses import Response
from sqlalchemy.orm import Session

from moderation.desk import opening, taking
from moderation.desk.failures import fault, sentence
from moderation.desk.opening import WORDS, Opened
from moderation.desk.visit import Visit
from moderation.errors import (
    AlreadyDone,
    DatabaseUnavailable,
    LeaseExpired,
    LimitReached,
    ModerationError,
    NoSuchItem,
    NotHeld,
    NotYours,
    ReviewError,
)
from moderation.review import answering, claims, overview, viewings
from moderation.review.quality import claiming
from moderation.review.tables import Task, TaskExclusion

SKIPS = (
    "I cannot judge this language",
    "I know somebody in it",
    "I do not want to see this",
    "It needs somebody with more experience",
    "Something of it cannot be shown",
)
"""Reasons to skip that need no typing."""


def _number(visit: Visit, task_id: str) -> int:
    number = visit.desk.numbers.read(task_id)
    if number is None:
        raise NoSuchItem("there is no such task")
    return number


TaskNumber = Annotated[int, Depends(_number)]
"""The task that an address names."""


GONE = (AlreadyDone, LeaseExpired, NotHeld, NotYours)
"""A task that its visitor does not hold any more."""


class Chosen(NamedTuple):
    """What the form of an answer is filled with."""

    action: str = ""
    reasons: tuple[str, ...] = ()
    note: str = ""


_NOTHING = Chosen()


def shown(visit: Visit, task_id: int, announced: str = "", *, chosen: Chosen = _NOTHING, changed: str = "") -> Response:
    """The page of a task, or the piece of it for htmx. Raises as `GONE`."""

    def put_before(session: Session) -> tuple[Opened, list[tuple[int, str]]]:
        task = claims.own(session, task_id, visit.account, now=visit.now)
        if not viewings.has_opened(session, visit.account, task):
            claims.begin(task, visit.desk.rules, now=visit.now)
            viewings.opened(session, visit.account, task, now=visit.now)
        return opening.of_task(visit, session, task), _colleagues(session, visit)

    opened, people = visit.transact(put_before)
    template = "item/work.html" if visit.partial else "work.html"
    response = visit.render(
        template,
        opened=opened,
        task=opened.task,
        people=people,
        words=WORDS,
        skips=SKIPS,
        announced=announced,
        seen=answering.seen(opened.row),
        chosen=chosen,
        changed=changed,
    )
    if visit.partial:
        response.headers["HX-Push-Url"] = visit.task(task_id)
    return response


def go_on(visit: Visit, done: int, told: str) -> Response:
    """The next item in place of the last one, which is `done`; without one, the page where work begins.

    What was done is done: what keeps the next one away is told after it, and is no failure of it.
    """
    response = _next(visit, told)
    if visit.partial:
        response.headers["HX-Trigger"] = json.dumps({"done-with": visit.task(done)})  # drafts.js forgets its draft
    return response


def _next(visit: Visit, told: str) -> Response:
    try:
        task = visit.transact(lambda session: taking.following(session, visit, ""))
        if not isinstance(task, Task):
            why = task.message if task else "Nothing else waits for you just now."
            return visit.redirect("/next", told=f"{told} {why}")
        if not visit.partial:
            return visit.redirect(visit.task(task.task_id), told=told)
        return shown(visit, task.task_id, told)
    except LimitReached as problem:  # what is held stands on the page
        return visit.redirect("/next", told=f"{told} {sentence(str(problem))}")
    except Exception as problem:  # a fault of the desk, too: who reads of that alone would send once more
        message = f"The next item could not be fetched. {_why(visit, problem)}"
        response = visit.render("over.html", title=told, message=message, attempted="", note="", free=False)
        if visit.partial:
            response.headers["HX-Push-Url"] = "/next"
        return response


def _why(visit: Visit, problem: Exception) -> str:
    if isinstance(problem, DatabaseUnavailable):
        return "The desk's database does not answer."
    return sentence(str(problem)) if isinstance(problem, ModerationError) else fault(visit, problem)


def over(visit: Visit, task_id: int, problem: ReviewError, attempted: str = "", note: str = "") -> Response:
    """What happened to a task that its visitor does not hold any more, and that nothing was sent."""
    with visit.transaction() as session:
        task = session.get(Task, task_id)
        free = task is not None and (task.status == "open" or isinstance(problem, LeaseExpired))
        if task is not None and free and not visit.may("item.pick"):
            free = claiming.is_theirs(session, task, visit.account, now=visit.now)
        if task is not None and free:
            me = visit.account.account_id
            free = task.assigned_to in (None, me) and session.get(TaskExclusion, (task_id, me)) is None
    titles = {
        AlreadyDone: "This item is done",
        LeaseExpired: "Your time for this item is over",
        NotHeld: "You do not have this item any more",
    }
    return visit.render(
        "over.html",
        200 if visit.partial else problem.status,  # htmx shows no others
        title=titles.get(type(problem), "Somebody else has this item"),
        message=sentence(str(problem)),
        attempted=attempted,
        note=note,
        free=free,
        task_id=task_id,
    )


def _colleagues(session: Session, visit: Visit) -> list[tuple[int, str]]:
    """To whom the visitor may give an item."""
    if not visit.may("item.reassign"):
        return []
    people = (person for person in overview.people(session) if person.active)
    return [(own.account_id, own.name) for own in people if own.account_id != visit.account.account_id]
