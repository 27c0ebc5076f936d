"""A task that the visitor holds, and their answer to it."""

from typing import Annotated

from fastapi import Form
from fastapi.responses import Response
from sqlalchemy.orm import Session

from moderation.desk import opening
from moderation.desk.failures import sentence
from moderation.desk.pages import Pages
from moderation.desk.showing.reasons import listed as in_words
from moderation.desk.visit import Visit
from moderation.desk.working import GONE, Chosen, TaskNumber, go_on, over, shown
from moderation.errors import ItemChanged, NoSuchItem
from moderation.events import ReviewItem
from moderation.review import answering, content
from moderation.review.answering import Seen
from moderation.review.tables import Item, Task

router = Pages()


@router.get("/tasks/{task_id}", permission="item.answer")
def work(visit: Visit, task_id: TaskNumber) -> Response:
    """The item of a task that the visitor holds, with everything to answer it."""
    try:
        return shown(visit, task_id)
    except GONE as problem:
        return over(visit, task_id, problem)


@router.post("/tasks/{task_id}/answer", permission="item.answer")
def answer(
    visit: Visit,
    task_id: TaskNumber,
    reasons: Annotated[list[str], Form(default_factory=list)],
    action: Annotated[str, Form()] = "",
    note: Annotated[str, Form()] = "",
    seen: Annotated[str, Form()] = "",
    version: Annotated[str, Form()] = "",
) -> Response:
    """Submit, and go on with the next. `seen` and `version` are what the page showed, as `answering.Seen`."""
    rules = visit.desk.rules
    to = Seen(seen.replace("\0", ""), version)

    def looked_at(session: Session) -> ReviewItem | None:
        row = session.get(Item, to.review_id)
        return None if row is None else content.unseal(session, row)

    policy = opening.policy_of(visit.transact(looked_at), visit.desk.policies)
    own = () if policy is None else tuple(policy.reasons)
    written = note.replace("\0", "")  # which PostgreSQL does not keep

    def submitted(session: Session) -> int:
        task = _task(session, task_id)
        answering.submit(
            session, task, visit.account, action, reasons, written, rules, to=to, own_reasons=own, now=visit.now
        )
        return task.size

    try:
        items = visit.transact(submitted)
    except ItemChanged as problem:
        return _anew(visit, task_id, problem, Chosen(action, tuple(reasons), note))
    except GONE as problem:
        return over(visit, task_id, problem, f"{action} {in_words(reasons)}".strip(), note.strip())
    because = f" ({in_words(reasons)})" if reasons else ""
    alike = f", for {items} posts that are alike" if items > 1 else ""
    return go_on(visit, task_id, f"Sent: {action}{because}{alike}.")


def _anew(visit: Visit, task_id: int, problem: ItemChanged, chosen: Chosen) -> Response:
    """The item as it is now, and what was chosen for what it was."""
    try:
        response = shown(visit, task_id, chosen=chosen, changed=sentence(str(problem)))
    except GONE as gone:
        return over(visit, task_id, gone, f"{chosen.action} {in_words(chosen.reasons)}".strip(), chosen.note.strip())
    response.status_code = 200 if visit.partial else problem.status  # htmx shows no others
    return response


def _task(session: Session, task_id: int) -> Task:
    """Raises `NoSuchItem`."""
    task = session.get(Task, task_id)
    if task is None:
        raise NoSuchItem("there is no such task")
    return task
