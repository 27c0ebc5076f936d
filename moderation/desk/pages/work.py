"""A person's own work: what they hold, what came of their answers, what they had to see."""

from fastapi.responses import Response

from moderation.desk.pages import Pages, Tab
from moderation.desk.visit import Visit
from moderation.review import claims, own, search
from moderation.review.quality import again, exposure
from moderation.review.search import AnswerQuery

router = Pages(tab=Tab("My work", "/work", "work.see", place=20))


@router.get("/work", permission="work.see")
def own_work(visit: Visit, after: str | None = None) -> Response:
    today = visit.now.replace(hour=0, minute=0, second=0, microsecond=0)
    with visit.transaction() as session:
        page = search.answers(session, AnswerQuery(reviewer=visit.account.login, gold=True), after=after)
        held = list(claims.held(session, visit.account, now=visit.now))
        due = {task.task_id: again.due_of(session, task) for task in held}
        waiting = own.waiting_for(session, visit.account)
        pace = own.pace(session, visit.account, since=today)
        allowance = exposure.allowance(session, visit.account, visit.desk.rules, visit.now)
        answers = own.outcomes(session, page.rows)
        session.expunge_all()
    for task in held:
        task.due_at = due[task.task_id]
    return visit.render(
        "own.html",
        held=held,
        waiting=waiting,
        pace=pace,
        windows=[("the last hour", allowance.hour), ("the last 24 hours", allowance.day)],
        until=allowance.until,
        answers=answers,
        after=page.after,
        begun=after is not None,
    )
