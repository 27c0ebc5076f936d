"""The link that sets a password: an invitation, or a reset. Looking at it does not use it up."""

from typing import Annotated

from fastapi import Form
from fastapi.responses import Response
from sqlalchemy.orm import Session

from moderation.desk import entering
from moderation.desk.pages import Pages, sign_in
from moderation.desk.visit import Visit
from moderation.review import invitations
from moderation.review.passwords import WeakPassword

router = Pages()


@router.get("/invitation/{secret}", permission=None)
def invitation(visit: Visit, secret: str) -> Response:
    return _form(visit, secret)


@router.post("/invitation/{secret}", permission=None)
def accept(
    visit: Visit,
    secret: str,
    password: Annotated[str, Form(max_length=1000)] = "",
    again: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    visit.app.state.limits.take("sign-in from an address", visit.client.host if visit.client else "", visit.now)
    if password != again:
        return _form(visit, secret, "The two passwords are not the same.")

    def accepted(session: Session) -> str:
        account = invitations.accept(session, secret, password, now=visit.now)
        return entering.begin(visit, session, account, "invitation")

    try:
        cookie = visit.transact(accepted)
    except invitations.InvitationOver:
        login = visit.transact(lambda session: invitations.just_used(session, secret, now=visit.now))
        if login is None:
            raise
        return sign_in.enter(visit, login, password)  # pressed twice: the first has set it
    except WeakPassword as weak:
        return _form(visit, secret, str(weak))
    return entering.welcome(visit, cookie, "/")


def _form(visit: Visit, secret: str, problem: str = "") -> Response:
    with visit.transaction() as session:
        account = invitations.invited(session, secret, now=visit.now)
        login, name = account.login, account.name
    status = 422 if problem else 200
    return visit.render("invitation.html", status, secret=secret, login=login, name=name, problem=problem)
