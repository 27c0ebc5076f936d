"""What an author is told of a decision: to read, to print, and beside the item it came of."""

from fastapi.responses import Response
from sqlalchemy import select

from moderation.desk.pages import Pages
from moderation.desk.visit import Visit
from moderation.review import notices, statements
from moderation.review.tables import DecisionRow, Item

router = Pages()

_SHOWN = 20


@router.get("/notices/{decision_id:path}", permission="notices.see")
def notice(visit: Visit, decision_id: str, language: str | None = None) -> Response:
    """The statement of reasons of one decision, in any language that there are words for."""
    rules = visit.desk.rules.notices
    with visit.transaction() as session:
        case = notices.case(session, decision_id, visit.desk.policies)
        session.expunge_all()
    statement = statements.statement(case, rules)
    return visit.render(
        "notice.html",
        case=case,
        written=notices.notice(case, rules, language),
        languages=[(tag, words.language) for tag, words in rules.languages.items()],
        statement=statement,
        missing=statements.missing(statement),
    )


@router.get("/items/{review_id}/notices", permission="notices.see")
def of_item(visit: Visit, review_id: str) -> Response:
    """A piece of an item's page: the decisions on its post whose author must be told of them."""
    with visit.transaction() as session:
        rows = session.scalars(
            select(DecisionRow)
            .join(Item, Item.post_id == DecisionRow.post_id)
            .where(Item.review_id == review_id, Item.status != "gold")
            .where(DecisionRow.action.in_(notices.RESTRICTIONS), DecisionRow.stage != "provisional")
            .order_by(DecisionRow.current.desc(), DecisionRow.at.desc())
            .limit(_SHOWN)
        ).all()
        session.expunge_all()
    return visit.render("notices.html", rows=rows)
