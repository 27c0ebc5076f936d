"""Who comes in: the one place where sessions, tokens, CSRF and permissions are checked."""

import hmac
from datetime import timedelta
from urllib.parse import urlsplit

from fastapi.concurrency import run_in_threadpool

from moderation.desk import cookies
from moderation.desk.limits import Limits
from moderation.desk.refusals import SignInNeeded
from moderation.desk.visit import VISIT, Visit
from moderation.errors import NotPermitted
from moderation.review import logins, tokens
from moderation.review.roles import TABLE, Permission, may

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


async def admit(visit: Visit, permission: Permission | None) -> None:
    """Find out who it is, and let in who may. Raises `SignInNeeded`, `NotPermitted` or `TooMany`."""
    await recognise(visit)
    if permission is not None and not visit.signed_in and visit.program is None:
        how = "send a token of this desk as Authorization: Bearer TOKEN" if visit.of_api else "please sign in"
        raise SignInNeeded(how)
    if visit.method not in _SAFE and not visit.of_api:
        await _own_form(visit)
    if permission is None:
        return
    if not may(visit.roles, permission):
        line = TABLE[permission]
        raise NotPermitted(
            f"this needs the permission to see or do: {line.allows}. "
            f"Roles that have it: {', '.join(sorted(line.roles))}. An admin can give you one."
        )


async def recognise(visit: Visit) -> None:
    """Find out who it is, by session or by token. Raises `SignInNeeded` for a token that does not hold."""
    visit.scope[VISIT] = visit
    await run_in_threadpool(_program if visit.of_api else _person, visit)


def idle(visit: Visit) -> timedelta:
    """How long a session may go unused."""
    return timedelta(minutes=visit.desk.settings.session_idle_minutes)


def _person(visit: Visit) -> None:
    limits: Limits = visit.app.state.limits
    secret = cookies.read(visit, cookies.SESSION)
    if secret:
        with visit.transaction() as session:
            found = logins.find(session, secret, idle=idle(visit), now=visit.now)
            if found is not None:
                account, login = found
                session.expunge(account)
                session.expunge(login)
                visit.sign_in(account, login)
                limits.take("request of a person", str(account.account_id), visit.now)
                return
    guest = cookies.read(visit, cookies.GUEST)
    if guest:
        visit.csrf = cookies.csrf_of_guest(guest)


def _program(visit: Visit) -> None:
    limits: Limits = visit.app.state.limits
    kind, _, secret = visit.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not secret:
        return
    with visit.transaction() as session:
        token = tokens.find(session, secret.strip(), now=visit.now)
        if token is None:
            raise SignInNeeded("this token is not known, has expired or was revoked")
        session.expunge(token)
    limits.take("request of a token", str(token.token_id), visit.now)
    visit.program = token
    visit.roles = tuple(token.roles)


async def _own_form(visit: Visit) -> None:
    """Raise `NotPermitted` unless the request was made by a page of the desk that this visitor was given."""
    origin = visit.headers.get("origin")
    own = {visit.url.netloc, urlsplit(visit.desk.settings.url or "").netloc} - {""}  # of "null" too
    if origin is not None and urlsplit(origin).netloc not in own:
        raise NotPermitted("this form came from another site, and was not carried out")
    given = visit.headers.get("x-csrf-token")
    if given is None:
        sent = (await visit.form()).get("csrf")
        given = sent if isinstance(sent, str) else None
    if not visit.csrf or given is None or not hmac.compare_digest(given.encode(), visit.csrf.encode()):
        raise NotPermitted("this page is too old: your session has changed since. Go back, reload it and try again")
