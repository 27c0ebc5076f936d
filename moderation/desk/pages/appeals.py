"""Appeals: what authors object to, and what became of it."""

from fastapi.responses import Response
from sqlalchemy import func, select

from moderation.desk.pages import Pages, Tab
from moderation.desk.visit import Visit
from moderation.review.tables import Account, Answer, Appeal, Task, TaskExclusion

router = Pages(tab=Tab("Appeals", "/appeals", "appeal.see", place=50))

SHOWN = 100


@router.get("/appeals", permission="appeal.see")
def listed(visit: Visit, closed: bool = False) -> Response:
    """Those that wait, the oldest first; or those that are decided, the latest first."""
    with visit.transaction() as session:
        asked = (
            select(Appeal, Task, Answer)
            .join(Task, Task.task_id == Appeal.task_id)
            .outerjoin(Answer, Answer.answer_id == Appeal.answer_id)
        )
        if closed:
            asked = asked.where(Appeal.outcome.is_not(None)).order_by(Appeal.decided_at.desc())
        else:
            asked = asked.where(Appeal.outcome.is_(None)).order_by(Appeal.filed_at)
        rows = session.execute(asked.limit(SHOWN)).all()
        counts = dict(session.execute(select(Appeal.outcome, func.count()).group_by(Appeal.outcome)).all())
        excluded = set(
            session.scalars(
                select(TaskExclusion.task_id).where(
                    TaskExclusion.account_id == visit.account.account_id,
                    TaskExclusion.task_id.in_([task.task_id for _, task, _ in rows]),
                )
            )
        )
        people = {own.account_id: own.name for own in session.scalars(select(Account))}
        session.expunge_all()
    return visit.render(
        "appeals.html", rows=rows, counts=counts, excluded=excluded, people=people, closed=closed, shown=SHOWN
    )
