"""Keys of programs to the API, for admins."""

from datetime import timedelta
from typing import Annotated, Literal

from fastapi import Form
from fastapi.responses import Response

from moderation.desk.pages import Pages
from moderation.desk.visit import Visit
from moderation.review import accounts, tokens
from moderation.review.roles import MEANING, PROGRAMS

router = Pages()

_LASTS = {"30": "30 days", "90": "90 days", "365": "a year", "never": "until it is revoked"}


@router.get("/users/tokens", permission="users.change")
def all_tokens(visit: Visit) -> Response:
    return _page(visit)


@router.post("/users/tokens", permission="users.change")
def issue(
    visit: Visit,
    name: Annotated[str, Form(max_length=1000)] = "",
    roles: Annotated[list[str], Form()] = [],  # noqa: B006
    lasts: Annotated[Literal["30", "90", "365", "never"], Form()] = "90",
) -> Response:
    """The secret is shown once, on the page that follows."""
    ends_at = None if lasts == "never" else visit.now + timedelta(days=int(lasts))
    try:
        secret = visit.transact(
            lambda session: tokens.issue(session, name, roles, by=visit.account, ends_at=ends_at, now=visit.now)
        )
    except accounts.InvalidAccount as refused:
        return _page(visit, problem=str(refused), name=name, chosen=roles)
    return visit.redirect("/users/tokens", once=secret)


@router.post("/users/tokens/{token_id:int}/revoke", permission="users.change")
def revoke(visit: Visit, token_id: int) -> Response:
    revoked = visit.transact(lambda session: tokens.revoke(session, token_id, by=visit.account, now=visit.now))
    return visit.redirect("/users/tokens", told=f"{revoked.name} is out: its token is revoked.")


def _page(visit: Visit, *, problem: str = "", name: str = "", chosen: list[str] | None = None) -> Response:
    with visit.transaction() as session:
        rows = tokens.all_tokens(session)
        makers = {account.account_id: account.name for account in accounts.everybody(session)}
        session.expunge_all()
    return visit.render(
        "tokens.html",
        422 if problem else 200,
        tokens=rows,
        makers=makers,
        secret=visit.once,
        problem=problem,
        name=name,
        chosen=["platform"] if chosen is None else chosen,
        choices=[(role, MEANING[role]) for role in PROGRAMS],
        lasts=list(_LASTS.items()),
    )
