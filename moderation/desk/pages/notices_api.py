"""Statements of reasons, for the platform to send to its users and to the DSA Transparency Database."""

from fastapi.responses import JSONResponse, Response

from moderation.desk.pages import Pages
from moderation.desk.visit import Visit
from moderation.review import notices, statements

router = Pages(prefix="/api/v1/decisions")


@router.get("/{decision_id}/notice", permission="notices.see")
def notice(visit: Visit, decision_id: str, language: str | None = None) -> Response:
    """What the author is told, and the record for the database; `missing` is what only the platform can add to it.

    `language` in the answer is that of the notice: another than was asked for where there are no words in that.
    """
    rules = visit.desk.rules.notices
    with visit.transaction() as session:
        case = notices.case(session, decision_id, visit.desk.policies)
        session.expunge_all()
    statement = statements.statement(case, rules)
    told = notices.notice(case, rules, language)
    return JSONResponse(
        {
            "decision_id": case.decision.decision_id,
            "post_id": case.decision.post_id,
            "author_id": case.decision.author_id,
            "current": case.current,
            "language": told.language,
            "notice": str(told),
            "statement": statement,
            "missing": statements.missing(statement),
        }
    )
