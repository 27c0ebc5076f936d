"""Who saw and did what, for auditors: entries by filters, and whether the chain is whole."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Form
from fastapi.responses import Response

from moderation.desk.pages import Pages, Tab
from moderation.desk.visit import Visit
from moderation.errors import ConfigurationError, ReviewError
from moderation.review import accounts, audit, audited
from moderation.review.audit import Check, Head
from moderation.review.audited import AuditQuery

router = Pages(tab=Tab("Audit", "/audit", "audit.see", 80))

_NAMES = ("actor", "did", "subject", "from", "to")


@router.get("/audit", permission="audit.see")
def entries(visit: Visit) -> Response:
    return _page(visit)


@router.post("/audit", permission="audit.see")
def verify(visit: Visit, head: Annotated[str, Form(max_length=200)] = "") -> Response:
    """Read the whole chain. In parts: nobody waits for it."""
    try:
        check = Check(Head.parse(head) if head.strip() else None)
    except ConfigurationError as refused:
        return _page(visit, head=head, problem=str(refused))
    more = True
    while more:
        with visit.transaction() as session:
            more = check.go_on(session, audit.PART)
    check.finish()
    with visit.transaction() as session:
        told = {"entries": check.end.number, "problems": len(check.problems)}
        audit.note(session, visit.actor, "audit.verified", "audit", told, now=visit.now)
    return _page(visit, head=head, check=check)


def _page(visit: Visit, head: str = "", check: Check | None = None, problem: str = "") -> Response:
    given = {name: visit.query_params.get(name, "").replace("\0", "").strip() for name in _NAMES}
    query = AuditQuery(
        actor=given["actor"] or None,
        did=given["did"] or None,
        subject=given["subject"] or None,
        since=_day(given["from"]),
        until=_day(given["to"], timedelta(days=1)),
    )
    with visit.transaction() as session:
        end = audit.head(session)
        found = audited.entries(session, query, _number(visit.query_params.get("before")))
        people = {accounts.subject_of(account): account.name for account in accounts.everybody(session)}
        session.expunge_all()
    older = {name: value for name, value in given.items() if value} | {"before": found.before}
    return visit.render(
        "audit.html",
        422 if problem else 200,
        end=end,
        found=found,
        details={entry.number: _written(entry.details) for entry in found.rows},
        given=given,
        people=people,
        actors=[("", "Everybody"), *people.items(), ("moderation", "The pipeline itself")],
        older=None if found.before is None else "/audit?" + urlencode(older),
        begun="before" in visit.query_params,
        head=head,
        check=check,
        problem=problem,
    )


def _written(details: Mapping[str, Any]) -> str:
    return "; ".join(f"{name.replace('_', ' ')}: {_told(it)}" for name, it in details.items() if it not in ("", None))


def _told(value: Any) -> str:
    if isinstance(value, Mapping) and value.keys() == {"from", "to"}:
        return f"from {_told(value['from']) or 'none'} to {_told(value['to']) or 'none'}"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None


def _day(text: str, plus: timedelta = timedelta()) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC) + plus
    except (ValueError, OverflowError):
        raise ReviewError(f"{text!r} is no day: write it as 2026-11-30") from None
