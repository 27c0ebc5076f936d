"""Appeals as programs file them, with a token of the role `platform`."""

from typing import Any

from fastapi.responses import JSONResponse, Response

from moderation.desk.pages import Pages
from moderation.desk.visit import Visit
from moderation.errors import NoSuchItem
from moderation.review import appeals
from moderation.review.tables import Answer, Appeal

router = Pages(prefix="/api/v1/appeals")


@router.post("", permission="appeal.file")
def file(visit: Visit, filing: appeals.Filing) -> Response:
    """201 for a new appeal, 200 for one that was filed before: a decision is appealed once."""
    appeal, is_new = visit.transact(
        lambda session: appeals.file(session, filing, visit.actor, visit.desk.rules, now=visit.now)
    )
    return JSONResponse(_told(appeal, None), 201 if is_new else 200)


@router.get("/{appeal_id}", permission="appeal.file")
def see(visit: Visit, appeal_id: str) -> Response:
    """How an appeal stands, and what was decided instead."""
    with visit.transaction() as session:
        appeal = session.get(Appeal, appeal_id)
        if appeal is None:
            raise NoSuchItem("there is no such appeal")
        answer = None if appeal.answer_id is None else session.get(Answer, appeal.answer_id)
        return JSONResponse(_told(appeal, answer))


def _told(appeal: Appeal, answer: Answer | None) -> dict[str, Any]:
    return {
        "appeal_id": appeal.appeal_id,
        "decision_id": appeal.decision_id,
        "post_id": appeal.post_id,
        "status": appeal.outcome or "open",
        "filed_at": appeal.filed_at.isoformat(),
        "decided_at": None if appeal.decided_at is None else appeal.decided_at.isoformat(),
        "action": None if answer is None else answer.action,
        "reasons": None if answer is None else answer.reasons,
        "verdict_id": appeal.verdict_id,
    }
