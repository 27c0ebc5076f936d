"""Finding items, answers and decisions again."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from fastapi.responses import Response
from sqlalchemy.orm import Session

from moderation.desk.days import beginning
from moderation.desk.pages import Pages, Tab
from moderation.desk.visit import Visit
from moderation.events import SEVERITY
from moderation.review import overview, search
from moderation.review.quality import blind
from moderation.review.search import AnswerQuery, Between, DecisionQuery, ItemQuery, Page
from moderation.review.tables import Account

router = Pages(tab=Tab("Search", "/search", "search.use", place=30))

SEARCHES: dict[str, tuple[str, ...]] = {
    "items": ("id", "status", "queue", "language", "modality", "surface", "reason"),
    "answers": ("id", "reviewer", "queue", "action", "reason"),
    "decisions": ("id", "stage", "action", "reason"),
}
"""What can be searched, and by what besides dates."""


@router.get("/search", permission="search.use")
def find(visit: Visit) -> Response:
    """One kind of thing by its filters; with nothing but an id, everything that it may mean.

    Who answers items searches by id: what a list of all leaves out would tell which are tests.
    """
    given = {name: value.strip() for name, value in visit.query_params.items() if value.strip()}
    if visit.asked is not None:
        given = {name: value for name, value in given.items() if name in ("id", "in", "after")}
    kind = given.pop("in", None)
    after = given.pop("after", None)
    known = {*(name for names in SEARCHES.values() for name in names), "from", "to"}
    given = {name: value for name, value in given.items() if name in known}
    kinds = [kind] if kind in SEARCHES else list(SEARCHES) if given.keys() == {"id"} else ["items"]
    by_id = visit.asked is not None
    with visit.transaction() as session:
        found = {own: _found(session, own, given, after, visit) for own in kinds if "id" in given or not by_id}
        items = [row.review_id for row in found["items"].rows] if "items" in found and by_id else []
        waiting = blind.waiting(session, items)
        reviewers: dict[int, Account] = {account.account_id: account for account in overview.people(session)}
        queues = sorted({*visit.desk.rules.queues, *overview.names(session)})
        session.expunge_all()
    return visit.render(
        "search.html",
        kind=kinds[0] if len(kinds) == 1 else None,
        chosen=kind if kind in SEARCHES else None,
        names=SEARCHES[kinds[0]] if len(kinds) == 1 and not by_id else ("id",),
        by_id=by_id,
        given={name: given.get(name, "") for name in known},
        found=found,
        waiting=waiting,
        more={own: _more(own, given, page) for own, page in found.items()},
        reviewers=reviewers,
        people=[("", "Everybody"), *((account.login, account.name) for account in reviewers.values())],
        queues=queues,
        actions=[("", "Any"), *((own, own) for own in (*SEVERITY, "withdrawn"))],
        begun=after is not None,
    )


def _found(session: Session, kind: str, given: Mapping[str, str], after: str | None, visit: Visit) -> Page[Any]:
    gold = visit.may("quality.see")
    asked = visit.asked
    fields: dict[str, Any] = {name: given.get(name) for name in SEARCHES[kind]}
    when = Between(beginning(given.get("from", "")), beginning(given.get("to", ""), timedelta(days=1)))
    if kind == "items":
        return search.items(session, ItemQuery(**fields, gold=gold, asked=asked, when=when), after=after)
    if kind == "answers":
        return search.answers(session, AnswerQuery(**fields, gold=gold, asked=asked, when=when), after=after)
    return search.decisions(session, DecisionQuery(**fields, asked=asked, when=when), after=after)


def _more(kind: str, given: Mapping[str, str], page: Page[Any]) -> str | None:
    return None if page.after is None else "/search?" + urlencode({**given, "in": kind, "after": page.after})
