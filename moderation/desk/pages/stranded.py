"""What waits for nobody: a lead talks to somebody and gives it to them, or answers it."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Form, Query
from fastapi.responses import Response
from sqlalchemy.orm import Session

from moderation.desk.once_more import once_more
from moderation.desk.pages import Pages
from moderation.desk.pages.queues import told_of
from moderation.desk.visit import Visit
from moderation.errors import ReviewError
from moderation.review import moving, overview
from moderation.review.stranded import stranded
from moderation.review.tables import Account

router = Pages()


@router.get("/stranded", permission="item.reassign")
def listed(visit: Visit, chosen: Annotated[Sequence[int], Query()] = ()) -> Response:
    """The tasks that nobody left may claim, each with who skipped or answered it; `chosen` are ticked."""
    with visit.transaction() as session:
        found = stranded(session, visit.desk.rules)
        people = overview.people(session)
        session.expunge_all()
    return visit.render(
        "stranded.html",
        found=found,
        chosen=chosen,
        people=[(account.account_id, account.name) for account in people if account.active],
        everybody={account.account_id: account.name for account in people},
    )


@router.post("/stranded", permission="item.reassign")
def give(
    visit: Visit, tasks: Annotated[Sequence[int], Form()] = (), account: Annotated[str, Form()] = ""
) -> Response:  # fmt: skip
    """The chosen tasks are for one person, also where that one has skipped them."""
    chosen = sorted(set(tasks))

    def given(session: Session) -> str:
        if not chosen:
            raise ReviewError("choose at least one item")
        to = session.get(Account, int(account)) if account.isdecimal() else None
        if to is None:
            raise ReviewError("choose a person who shall have the items")
        left_out = moving.give(
            session, chosen, to, visit.desk.rules, by=visit.account, although_skipped=True, now=visit.now
        )
        return f"Given to {to.name}.{told_of(left_out)}"

    try:
        return visit.redirect("/stranded", told=visit.transact(given))
    except ReviewError as problem:
        return once_more(visit, "/stranded", problem, chosen)
