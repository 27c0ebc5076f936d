"""Coming in by password, and going out."""

from typing import Annotated

from fastapi import Form
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from moderation.desk import cookies, entering
from moderation.desk.pages import Pages
from moderation.desk.visit import Visit
from moderation.review import accounts, audit, logins, passwords

router = Pages()


@router.get("/sign-in", permission=None)
def sign_in(visit: Visit, next: str = "/", unsent: bool = False) -> Response:
    """`unsent`: something was to be sent after the session had ended."""
    if visit.signed_in:
        return RedirectResponse(entering.inside(next), 303)
    return _form(visit, next, unsent=unsent)


@router.post("/sign-in", permission=None)
def enter(
    visit: Visit,
    login: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
    next: Annotated[str, Form(max_length=2000)] = "/",
) -> Response:
    limits = visit.app.state.limits
    limits.take("sign-in from an address", visit.client.host if visit.client else "", visit.now)
    limits.take("sign-in of a login", login.strip().lower(), visit.now)
    known = visit.transact(lambda session: accounts.by_login(session, login))
    account_id, stored = (known.account_id, known.password) if known else (None, None)
    # Between two transactions: argon2 takes its time, and SQLite would hold its lock for as long.
    right = passwords.matches(stored, password)
    if account_id is None or not right:
        return _form(visit, next, login, wrong=True)
    fresh = passwords.digest(password) if passwords.outdated(stored or "") else stored

    def begun(session: Session) -> str | None:
        account = accounts.get(session, account_id)
        if not account.active or account.password != stored:
            return None
        account.password = fresh
        return entering.begin(visit, session, account, "password")

    secret = visit.transact(begun)
    if secret is None:
        return _form(visit, next, login, wrong=True)
    limits.clear("sign-in of a login", login.strip().lower())
    return entering.welcome(visit, secret, next)


@router.post("/sign-out", permission=None)
def sign_out(visit: Visit) -> Response:
    if visit.login is not None:
        digest = visit.login.digest

        def ended(session: Session) -> None:
            logins.end(session, digest)
            audit.note(session, visit.actor, "account.signed_out", visit.actor, now=visit.now)

        visit.transact(ended)
    response = visit.redirect("/sign-in", told="You are signed out.")
    cookies.take_back(visit, response, cookies.SESSION)
    return response


def _form(visit: Visit, next: str, login: str = "", *, wrong: bool = False, unsent: bool = False) -> Response:
    return visit.render(
        "sign_in.html",
        401 if wrong else 200,
        next=entering.inside(next),
        login=login,
        wrong=wrong,
        unsent=unsent,
        provider=visit.app.state.single_sign_on is not None,
    )
