"""Accounts of people, for admins."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import Form
from fastapi.responses import Response

from moderation.desk.pages import Pages, Tab
from moderation.desk.visit import Visit
from moderation.errors import ReviewError
from moderation.review import accounts, audit, invitations, logins
from moderation.review.roles import MEANING, PEOPLE

router = Pages(tab=Tab("Users", "/users", "users.change", 90))

_Text = Annotated[str, Form(max_length=1000)]
_Roles = Annotated[list[str], Form()]


@router.get("/users", permission="users.change")
def users(visit: Visit) -> Response:
    with visit.transaction() as session:
        people = accounts.everybody(session)
        seen = logins.last_seen(session)
        session.expunge_all()
    return visit.render("users.html", people=people, seen=seen)


@router.get("/users/new", permission="users.change")
def blank(visit: Visit) -> Response:
    return _blank(visit, {"login": "", "name": "", "roles": ["reviewer"], "skills": "", "languages": ""})


@router.post("/users/new", permission="users.change")
def create(
    visit: Visit,
    login: _Text = "",
    name: _Text = "",
    roles: _Roles = [],  # noqa: B006
    skills: _Text = "",
    languages: _Text = "",
) -> Response:
    """The link of the new account is shown once, on this answer."""
    try:
        with visit.transaction() as session:
            account = accounts.create(
                session,
                login,
                name,
                roles=roles,
                skills=skills.split(","),
                languages=languages.split(","),
                by=visit.actor,
                now=visit.now,
            )
            link = invitations.invite(session, account, by=visit.actor, now=visit.now)
            account_id = account.account_id
    except (accounts.InvalidAccount, accounts.LoginTaken) as refused:
        filled = {"login": login, "name": name, "roles": roles, "skills": skills, "languages": languages}
        return _blank(visit, filled, refused)
    return _page(visit, account_id, link=link)


@router.get("/users/{account_id:int}", permission="users.change")
def user(visit: Visit, account_id: int) -> Response:
    return _page(visit, account_id)


@router.post("/users/{account_id:int}", permission="users.change")
def change(
    visit: Visit,
    account_id: int,
    name: _Text = "",
    roles: _Roles = [],  # noqa: B006
    skills: _Text = "",
    languages: _Text = "",
) -> Response:
    try:
        with visit.transaction() as session:
            accounts.change(
                session,
                account_id,
                name=name,
                roles=roles,
                skills=skills.split(","),
                languages=languages.split(","),
                by=visit.actor,
                now=visit.now,
            )
    except (accounts.InvalidAccount, accounts.LastAdmin) as refused:
        return _page(visit, account_id, problem=refused)
    return visit.redirect(f"/users/{account_id}", told="Saved.")


@router.post("/users/{account_id:int}/active", permission="users.change")
def activate(visit: Visit, account_id: int, active: Annotated[bool, Form()]) -> Response:
    try:
        with visit.transaction() as session:
            accounts.change(session, account_id, active=active, by=visit.actor, now=visit.now)
    except accounts.LastAdmin as refused:
        return _page(visit, account_id, problem=refused)
    told = "The account is active again." if active else "The account is deactivated, and its sessions have ended."
    return visit.redirect(f"/users/{account_id}", told=told)


@router.post("/users/{account_id:int}/invite", permission="users.change")
def invite(visit: Visit, account_id: int) -> Response:
    """A link to set a (new) password, shown once, on this answer."""
    with visit.transaction() as session:
        account = accounts.get(session, account_id)
        link = invitations.invite(session, account, by=visit.actor, now=visit.now)
    return _page(visit, account_id, link=link)


@router.post("/users/{account_id:int}/sign-out", permission="users.change")
def sign_out(visit: Visit, account_id: int) -> Response:
    with visit.transaction() as session:
        account = accounts.get(session, account_id)
        logins.end_all(session, account_id)
        audit.note(session, visit.actor, "account.sessions_ended", accounts.subject_of(account), now=visit.now)
    return visit.redirect(f"/users/{account_id}", told="All sessions of this account have ended.")


def _blank(visit: Visit, filled: Mapping[str, object], problem: ReviewError | None = None) -> Response:
    return visit.render(
        "user_new.html",
        _status(problem),
        filled=filled,
        problem=str(problem or ""),
        choices=[(role, MEANING[role]) for role in PEOPLE],
    )


def _page(
    visit: Visit, account_id: int, *, link: invitations.Link | None = None, problem: ReviewError | None = None
) -> Response:
    with visit.transaction() as session:
        account = accounts.get(session, account_id)
        seen = logins.last_seen(session).get(account_id)
        session.expunge_all()
    return visit.render(
        "user.html",
        _status(problem),
        account=account,
        seen=seen,
        link=link,
        address=visit.address_of(link.path) if link else "",
        problem=str(problem or ""),
        choices=[(role, MEANING[role]) for role in PEOPLE],
    )


def _status(problem: ReviewError | None) -> int:
    return problem.status if problem else 200
