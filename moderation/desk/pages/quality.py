"""How well people and rules do: agreement, known answers, time, exposure, rules against answers."""

from datetime import timedelta

from fastapi.responses import Response

from moderation.desk.pages import Pages, Tab
from moderation.desk.visit import Visit
from moderation.review.quality import adjudication, exposure
from moderation.review.quality.estimates import estimates
from moderation.review.tables import Account

router = Pages(tab=Tab("Quality", "/quality", "quality.see", place=40))

SPANS = {"7": "7 days", "30": "30 days", "90": "90 days"}


@router.get("/quality", permission="quality.see")
def everybody(visit: Visit, days: str = "30") -> Response:
    """Of every queue and reviewer, with what waits for a third person."""
    from moderation.review.quality.report import report  # scikit-learn takes seconds to load

    days = days if days in SPANS else "30"
    since = visit.now - timedelta(days=int(days))
    with visit.transaction() as session:
        found = report(session, since=since)
        disputes = adjudication.waiting(session)
        rules = estimates(session, since=since, until=visit.now)
        people = {own.account_id: own for own in session.query(Account)}
        met = {
            own.account_id: exposure.allowance(session, people[own.account_id], visit.desk.rules, visit.now)
            for own in found.reviewers
            if own.account_id is not None
        }
        exposed = exposure.everybody(session, visit.desk.rules, visit.now)
        session.expunge_all()
    return visit.render(
        "quality.html",
        report=found,
        disputes=disputes,
        rules=rules,
        met=met,
        exposed=exposed,
        spans=SPANS,
        days=days,
        people=people,
    )


@router.get("/quality/mine", permission="work.see")
def mine(visit: Visit, days: str = "30") -> Response:
    """The visitor's own figures, and nobody else's."""
    from moderation.review.quality.report import report

    days = days if days in SPANS else "30"
    with visit.transaction() as session:
        found = report(session, since=visit.now - timedelta(days=int(days)), account=visit.account)
    return visit.render("quality_mine.html", own=found.reviewers[0], spans=SPANS, days=days)
