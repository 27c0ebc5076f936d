"""Coming in through the organisation's own provider, where one is set."""

from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from moderation.desk import cookies, entering
from moderation.desk.pages import Pages
from moderation.desk.single_sign_on import Departure, SingleSignOn
from moderation.desk.visit import Visit
from moderation.errors import NoSuchItem, NotPermitted
from moderation.review import accounts

router = Pages()

_BACK = "/sign-in/provider/back"


@router.get("/sign-in/provider", permission=None)
def leave(visit: Visit, next: str = "/") -> Response:
    """To the provider; a cookie remembers which sign-in it is."""
    visit.app.state.limits.take("sign-in from an address", visit.client.host if visit.client else "", visit.now)
    away, departure = _provider(visit).begin(visit.address_of(_BACK), entering.inside(next))
    response = RedirectResponse(away, 303)
    cookies.give(visit, response, cookies.SINGLE_SIGN_ON, departure.written(), max_age_s=600)
    return response


@router.get(_BACK, permission=None)
def come_back(visit: Visit) -> Response:
    """From the provider, with a code that this server changes for an identity."""
    departure = Departure.read(cookies.read(visit, cookies.SINGLE_SIGN_ON))
    person = _provider(visit).finish(dict(visit.query_params), departure, visit.address_of(_BACK))

    def arrived(session: Session) -> str | None:
        account = accounts.arrive(
            session, person.subject, login=person.login, name=person.name, roles=person.roles, now=visit.now
        )
        return entering.begin(visit, session, account, "single sign-on") if account else None

    secret = visit.transact(arrived)
    if secret is None:
        raise NotPermitted(
            "you are known to the provider, and have no role here, or your account is deactivated. "
            "Ask an admin of the desk"
        )
    response = entering.welcome(visit, secret, departure.next)
    cookies.take_back(visit, response, cookies.SINGLE_SIGN_ON)
    return response


def _provider(visit: Visit) -> SingleSignOn:
    provider = visit.app.state.single_sign_on
    if not isinstance(provider, SingleSignOn):
        raise NoSuchItem("this desk has no single sign-on")
    return provider
