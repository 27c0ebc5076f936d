"""An item to look at, whoever works on it."""

from fastapi.responses import Response
from sqlalchemy.orm import Session

from moderation.desk import opening, taking
from moderation.desk.pages import Pages
from moderation.desk.visit import Visit
from moderation.review import viewings
from moderation.review.quality import blind
from moderation.review.tables import Answer, Item

router = Pages()


@router.get("/items/{review_id}", permission="item.see")
def read(visit: Visit, review_id: str) -> Response:
    """An item to look at, whoever works on it."""
    with visit.transaction() as session:
        opened = opening.to_read(visit, session, review_id)
        until = opening.read(visit, session, opened.row)
        stands = opened.row.status
        if not visit.may("quality.see"):
            stands = "open" if blind.waiting(session, [review_id]) else stands
        given = _answer(session, visit, opened.row)
        viewings.read(session, visit.account, review_id, now=visit.now)
        mine = [task.task_id for task in taking.held(session, visit) if task.head == review_id]
    return visit.render(
        "read.html",
        opened=opened,
        stands=stands,
        held=mine[0] if mine else None,
        given=None if mine else given,
        met_until=until,
    )


def _answer(session: Session, visit: Visit, row: Item) -> Answer | None:
    """The answer that stands, for who gave it or looks after quality: others may be asked for theirs."""
    given = None if row.answer_id is None else session.get(Answer, row.answer_id)
    own = given is not None and given.account_id == visit.account.account_id
    return given if own or visit.may("quality.see") else None
