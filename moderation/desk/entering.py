"""From knowing who somebody is to a session in their browser, whichever way they came."""

from datetime import timedelta

from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from moderation.desk import cookies
from moderation.desk.visit import Visit
from moderation.review import accounts, audit, logins
from moderation.review.tables import Account


def begin(visit: Visit, session: Session, account: Account, way: str) -> str:
    """Start a session for the account; the one that the browser had before ends. Gives the cookie's secret."""
    logins.forget_ended(session, now=visit.now)
    if visit.login is not None:
        logins.end(session, visit.login.digest)
    audit.note(
        session,
        accounts.subject_of(account),
        "account.signed_in",
        accounts.subject_of(account),
        {"way": way},
        now=visit.now,
    )
    lasts = timedelta(hours=visit.desk.settings.session_hours)
    return logins.begin(session, account, lasts=lasts, now=visit.now)


def welcome(visit: Visit, secret: str, path: str) -> Response:
    """Send the browser in, with its cookie."""
    response = RedirectResponse(inside(path), 303)
    cookies.give(visit, response, cookies.SESSION, secret)
    cookies.take_back(visit, response, cookies.GUEST)
    return response


def inside(path: str) -> str:
    """The path if it is one of the desk, else its front page: links in mails must not lead elsewhere."""
    plain = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if plain else "/"
