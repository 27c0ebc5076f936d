"""Where work begins: what one holds, and the next."""

from typing import Annotated

from fastapi import Form
from fastapi.responses import Response

from moderation.desk import taking
from moderation.desk.failures import sentence
from moderation.desk.pages import Pages, Tab
from moderation.desk.visit import Visit
from moderation.errors import LimitReached
from moderation.review import viewings
from moderation.review.quality import exposure
from moderation.review.tables import Task

router = Pages(tab=Tab("Review", "/next", "item.answer", place=5))


@router.get("/next", permission="item.answer")
def start(visit: Visit, queue: str = "") -> Response:
    """Where work begins: what one holds, and the next."""
    with visit.transaction() as session:
        held = [(task, viewings.has_opened(session, visit.account, task)) for task in taking.held(session, visit)]
        budget = exposure.allowance(session, visit.account, visit.desk.rules, visit.now)
    return visit.render("start.html", held=held, queue=queue, rest_until=budget.until)


@router.post("/next", permission="item.answer")
def take(visit: Visit, queue: Annotated[str, Form()] = "") -> Response:
    """Claim the next item, or show that none waits."""
    try:
        task = visit.transact(lambda session: taking.following(session, visit, queue))
    except LimitReached as problem:  # what is held stands on the page
        return visit.redirect("/next", told=sentence(str(problem)))
    if not isinstance(task, Task):
        return visit.redirect("/next", told=task.message if task else "Nothing waits for you just now.")
    return visit.redirect(visit.task(task.task_id))
