"""Accounts of people, for admins."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Form
from fastapi.responses import Response
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from moderation.desk.pages import Pages, Tab
from moderation.desk.templating import moment
from moderation.desk.visit import Visit
from moderation.errors import ReviewError
from moderation.review import accounts, audit, invitations, logins
from moderation.review.roles import MEANING, PEOPLE

router = Pages(tab=Tab("Users", "/users", "users.change", 90))


class Filled(BaseModel):
    """The form of an account. An account's login stays as it was made."""

    login: str = Field("", max_length=1000)
    name: str = Field("", max_length=1000)
    roles: list[str] = []
    skills: str = Field("", max_length=1000)
    languages: str = Field("", max_length=1000)

    def fields(self) -> dict[str, Any]:
        """What `accounts.create` and `accounts.change` take."""
        lists = {"skills": self.skills.split(","), "languages": self.languages.split(",")}
        return {"name": self.name, "roles": self.roles, **lists}


@router.get("/users", permission="users.change")
def users(visit: Visit) -> Response:
    with visit.transaction() as session:
        people = accounts.everybody(session)
        seen = logins.last_seen(session)
        session.expunge_all()
    return visit.render("users.html", people=people, seen=seen)


@router.get("/users/new", permission="users.change")
def blank(visit: Visit) -> Response:
    return _blank(visit, Filled(roles=["reviewer"]))


@router.post("/users/new", permission="users.change")
def create(visit: Visit, filled: Annotated[Filled, Form()]) -> Response:
    """The link of the new account is shown once, on the page that follows."""

    def made(session: Session) -> tuple[int, invitations.Link]:
        account = accounts.create(session, filled.login, **filled.fields(), by=visit.actor, now=visit.now)
        return account.account_id, invitations.invite(session, account, by=visit.actor, now=visit.now)

    try:
        account_id, link = visit.transact(made)
    except (accounts.InvalidAccount, accounts.LoginTaken) as refused:
        return _blank(visit, filled, refused)
    return _linked(visit, account_id, link)


@router.get("/users/{account_id:int}", permission="users.change")
def user(visit: Visit, account_id: int) -> Response:
    return _page(visit, account_id)


@router.post("/users/{account_id:int}", permission="users.change")
def change(visit: Visit, account_id: int, filled: Annotated[Filled, Form()]) -> Response:
    return _changed(visit, account_id, filled.fields(), "Saved.")


@router.post("/users/{account_id:int}/active", permission="users.change")
def activate(visit: Visit, account_id: int, active: Annotated[bool, Form()]) -> Response:
    told = "The account is active again." if active else "The account is deactivated, and its sessions have ended."
    return _changed(visit, account_id, {"active": active}, told)


@router.post("/users/{account_id:int}/invite", permission="users.change")
def invite(visit: Visit, account_id: int) -> Response:
    """A link to set a (new) password, shown once, on the page that follows."""

    def invited(session: Session) -> invitations.Link:
        return invitations.invite(session, accounts.get(session, account_id), by=visit.actor, now=visit.now)

    return _linked(visit, account_id, visit.transact(invited))


@router.post("/users/{account_id:int}/sign-out", permission="users.change")
def sign_out(visit: Visit, account_id: int) -> Response:
    def ended(session: Session) -> None:
        account = accounts.get(session, account_id)
        logins.end_all(session, account_id)
        audit.note(session, visit.actor, "account.sessions_ended", accounts.subject_of(account), now=visit.now)

    visit.transact(ended)
    return visit.redirect(f"/users/{account_id}", told="All sessions of this account have ended.")


def _changed(visit: Visit, account_id: int, fields: Mapping[str, Any], told: str) -> Response:
    try:
        visit.transact(lambda session: accounts.change(session, account_id, **fields, by=visit.actor, now=visit.now))
    except (accounts.InvalidAccount, accounts.LastAdmin) as refused:
        return _page(visit, account_id, problem=refused)
    return visit.redirect(f"/users/{account_id}", told=told)


def _blank(visit: Visit, filled: Filled, problem: ReviewError | None = None) -> Response:
    return visit.render(
        "user_new.html",
        _status(problem),
        filled=filled,
        problem=str(problem or ""),
        choices=[(role, MEANING[role]) for role in PEOPLE],
    )


def _linked(visit: Visit, account_id: int, link: invitations.Link) -> Response:
    return visit.redirect(f"/users/{account_id}", once=f"{visit.address_of(link.path)} {moment(link.ends_at)}")


def _page(visit: Visit, account_id: int, *, problem: ReviewError | None = None) -> Response:
    address, _, ends = visit.once.partition(" ")
    with visit.transaction() as session:
        account = accounts.get(session, account_id)
        seen = logins.last_seen(session).get(account_id)
        session.expunge_all()
    return visit.render(
        "user.html",
        _status(problem),
        account=account,
        seen=seen,
        address=address,
        ends=ends,
        problem=str(problem or ""),
        choices=[(role, MEANING[role]) for role in PEOPLE],
    )


def _status(problem: ReviewError | None) -> int:
    return problem.status if problem else 200
