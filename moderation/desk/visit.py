"""A request as pages see it: who it is from, what they may, and how to answer."""

import secrets
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar
from urllib.parse import quote, unquote

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from moderation.desk import cookies, templating
from moderation.desk.desk import Desk
from moderation.desk.refusals import SignInNeeded
from moderation.review import accounts
from moderation.review.roles import Permission, is_asked, may
from moderation.review.tables import Account, Login, Token

VISIT = "moderation.desk.visit"
"""Where a request's scope keeps its visit, so that an error page knows who is looking at it."""

_T = TypeVar("_T")


class Visit(Request):
    """A request that was let in. A page takes it as its parameter `visit: Visit`.

    `roles` are the visitor's, `csrf` the token of this visitor's forms, `login` and `program` what let them in.
    """

    roles: tuple[str, ...] = ()
    csrf: str = ""
    login: Login | None = None
    program: Token | None = None
    _account: Account | None = None

    def sign_in(self, account: Account, login: Login) -> None:
        """The request is this account's; both rows are detached."""
        self._account, self.login = account, login
        self.roles, self.csrf = tuple(account.roles), login.csrf

    @cached_property
    def desk(self) -> Desk:
        """The desk that is visited: one, with one set of rules, for all that this request does."""
        desk: Desk = self.app.state.desk
        return desk

    @cached_property
    def now(self) -> datetime:
        """One moment for everything that this request does."""
        return self.desk.now()

    @property
    def signed_in(self) -> bool:
        """True for a person with a session."""
        return self._account is not None

    @property
    def account(self) -> Account:
        """Who is signed in, to read: to change it, fetch it in a transaction. Raises `SignInNeeded` for others."""
        if self._account is None:
            raise SignInNeeded("this is for people who are signed in")
        return self._account

    @property
    def preferences(self) -> Mapping[str, Any]:
        """How the visitor wants items shown: `moderation.review.accounts.PREFERENCES`, changed by theirs."""
        return accounts.preferences_of(self._account) if self._account else accounts.PREFERENCES

    @property
    def actor(self) -> str:
        """`account:ID` or `token:ID`, as the audit names them."""
        return f"token:{self.program.token_id}" if self.program else f"account:{self.account.account_id}"

    @property
    def partial(self) -> bool:
        """True where htmx asks, and wants a piece of a page."""
        return "hx-request" in self.headers and "hx-history-restore-request" not in self.headers

    @property
    def over_https(self) -> bool:
        """True where the browser sees https: cookies are Secure then."""
        return self.url.scheme == "https" or (self.desk.settings.url or "").startswith("https://")

    @property
    def of_api(self) -> bool:
        """True for the API: programs, JSON, tokens."""
        return self.url.path.startswith("/api/")

    def may(self, permission: Permission) -> bool:
        """True where the visitor has the permission."""
        return may(self.roles, permission)

    @property
    def asked(self) -> int | None:
        """The id of a visitor who must learn from no page what others answered, or which items are tests."""
        return self.account.account_id if self.signed_in and is_asked(self.roles) else None

    def transaction(self) -> AbstractContextManager[Session]:
        """One transaction on the desk's database: committed at its end, rolled back on an exception."""
        return self.desk.database.session()

    def transact(self, act: Callable[[Session], _T]) -> _T:
        """What a change gives, in one transaction; once more by itself where it stood in another's way."""
        return self.desk.database.transact(act)

    def address_of(self, path: str) -> str:
        """The whole address of a page, for links that leave the desk."""
        return (self.desk.settings.url or str(self.base_url)).rstrip("/") + path

    def task(self, task_id: int) -> str:
        """Where a task is worked on; its number is nobody's to guess."""
        return f"/tasks/{self.desk.numbers.written(task_id)}"

    def render(self, template: str, /, status: int = 200, **context: Any) -> Response:
        """A page from `moderation/desk/templates`. Everything in it is escaped."""
        guest = None if self.csrf else secrets.token_urlsafe(32)
        if guest:
            self.csrf = cookies.csrf_of_guest(guest)
        told = "" if self.partial else cookies.read(self, cookies.TOLD) or ""
        body = templating.ENVIRONMENT.get_template(template).render(
            visit=self,
            csrf=templating.csrf_field(self.csrf),
            tabs=[tab for tab in self.app.state.tabs if self.signed_in and self.may(tab.permission)],
            told=unquote(told.removeprefix(cookies.REFUSED)),
            told_tone="bad" if told.startswith(cookies.REFUSED) else "",
            **context,
        )
        response = HTMLResponse(body, status)
        if guest:
            cookies.give(self, response, cookies.GUEST, guest)
        if told:
            cookies.take_back(self, response, cookies.TOLD)
        if self.once:
            cookies.take_back(self, response, cookies.ONCE)
        return response

    @property
    def once(self) -> str:
        """The secret that a redirect to this page has for it, to be shown this time only; empty without one."""
        path, _, secret = unquote(cookies.read(self, cookies.ONCE) or "").partition(" ")
        return secret if path == self.url.path and self.method == "GET" else ""

    def redirect(self, path: str, *, told: str | None = None, once: str | None = None) -> Response:
        """Send the browser to another page of the desk, as after every POST; `told` is shown there as a toast.

        `once` is a secret that the page shows by `visit.once`: reloading that makes no second one.
        """
        response: Response = RedirectResponse(path, 303)
        if self.partial:  # as it was quoted there: a queue's name may be in any script
            response = Response(status_code=204, headers={"HX-Redirect": response.headers["location"]})
        if told:
            cookies.give(self, response, cookies.TOLD, quote(told[:300]), max_age_s=60)
        if once:
            cookies.give(self, response, cookies.ONCE, quote(f"{path} {once}"), max_age_s=60)
        return response
