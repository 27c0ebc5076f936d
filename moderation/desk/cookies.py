"""Cookies of the desk: out of the reach of scripts, not sent along with other sites' forms, Secure over https."""

import hashlib
from typing import Literal, Protocol

from starlette.responses import Response

SESSION = "desk"
GUEST = "desk_guest"  # of who is not signed in: the sign-in form needs a CSRF token too
TOLD = "desk_told"
REFUSED = "!"  # before what is told: it was not done, and stays until it is dismissed; no quoted text begins with it
ONCE = "desk_once"  # a secret that the next page shows, and no page after it
SINGLE_SIGN_ON = "desk_oidc"


class _Browser(Protocol):
    @property
    def cookies(self) -> dict[str, str]: ...

    @property
    def over_https(self) -> bool: ...


def name_of(name: str, over_https: bool) -> str:
    """`__Host-` makes browsers refuse the cookie from other hosts of the domain; it works over https only."""
    return f"__Host-{name}" if over_https else name


def read(browser: _Browser, name: str) -> str | None:
    """The value that the browser sent."""
    return browser.cookies.get(name_of(name, browser.over_https))


def give(
    browser: _Browser,
    response: Response,
    name: str,
    value: str,
    *,
    max_age_s: int | None = None,
    same_site: Literal["lax", "strict"] = "lax",
) -> None:
    """Hand a value to the browser, until it is closed or for `max_age_s`."""
    response.set_cookie(
        name_of(name, browser.over_https),
        value,
        max_age=max_age_s,
        path="/",
        secure=browser.over_https,
        httponly=True,
        samesite=same_site,
    )


def take_back(browser: _Browser, response: Response, name: str) -> None:
    """Make the browser forget the value."""
    response.delete_cookie(
        name_of(name, browser.over_https), path="/", secure=browser.over_https, httponly=True, samesite="lax"
    )


def csrf_of_guest(secret: str) -> str:
    """The CSRF token of who is not signed in: whoever cannot read the cookie cannot tell it."""
    return hashlib.sha256(f"csrf {secret}".encode()).hexdigest()
