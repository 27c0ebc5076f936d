"""Who saw and did what, for auditors: entries by filters, and whether the chain is whole."""

from datetime import timedelta
from operator import itemgetter
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Form
from fastapi.responses import Response
from sqlalchemy import select

from moderation.desk.days import beginning
from moderation.desk.pages import Pages, Tab
from moderation.desk.showing import entries as entries_shown
from moderation.desk.showing.characters import line
from moderation.desk.showing.entries import Known
from moderation.desk.visit import Visit
from moderation.errors import ConfigurationError
from moderation.review import accounts, audit, audited, tokens
from moderation.review.audit import Check, Head
from moderation.review.audited import AuditQuery
from moderation.review.tables import Appeal, Task

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
    while visit.transact(lambda session: check.go_on(session, audit.PART)):
        pass
    check.finish()
    told = {"entries": check.end.number, "problems": len(check.problems)}
    visit.transact(lambda session: audit.note(session, visit.actor, "audit.verified", "audit", told, now=visit.now))
    return _page(visit, head=head, check=check)


def _page(visit: Visit, head: str = "", check: Check | None = None, problem: str = "") -> Response:
    given = {name: visit.query_params.get(name, "").replace("\0", "").strip() for name in _NAMES}
    query = AuditQuery(
        actor=given["actor"] or None,
        did=given["did"] or None,
        subject=given["subject"] or None,
        since=beginning(given["from"]),
        until=beginning(given["to"], timedelta(days=1)),
    )
    with visit.transaction() as session:
        end = audit.head(session)
        found = audited.entries(session, query, _number(visit.query_params.get("before")))
        everybody = accounts.everybody(session)
        people = {accounts.subject_of(account): account.name for account in everybody}
        tasks = {number for entry in found.rows for number in entries_shown.tasks_of(entry)}
        appealed = {entry.subject.removeprefix("appeal:") for entry in found.rows if entry.did.startswith("appeal.")}
        of_appeals = select(Appeal.appeal_id, Appeal.review_id)
        known = Known(
            visit.may,
            people={account.account_id: account.name for account in everybody},
            programs={token.token_id: token.name for token in tokens.all_tokens(session)},
            tasks=dict(session.execute(select(Task.task_id, Task.head).where(Task.task_id.in_(tasks))).all()),
            appeals=dict(session.execute(of_appeals.where(Appeal.appeal_id.in_(appealed))).all()),
        )
        rows = [entries_shown.shown(entry, known) for entry in found.rows]
    older = {name: value for name, value in given.items() if value} | {"before": found.before}
    return visit.render(
        "audit.html",
        422 if problem else 200,
        end=end,
        rows=rows,
        given=given,
        actors=[("", "Everybody"), *people.items(), ("moderation", "The pipeline itself")],
        verbs=_verbs(given["did"]),
        older=None if found.before is None else "/audit?" + urlencode(older),
        begun="before" in visit.query_params,
        head=head,
        check=check,
        problem=problem,
    )


def _verbs(given: str) -> list[tuple[str, str]]:
    """What can be looked for, as the table tells it; also the beginning of several, where an address has that."""
    told = sorted(((did, words.rstrip(":")) for did, words in entries_shown.VERBS.items()), key=itemgetter(1))
    several = [(given, f"{line(given)} …")] if given and given not in entries_shown.VERBS else []
    return [("", "Anything"), *several, *told]


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None
