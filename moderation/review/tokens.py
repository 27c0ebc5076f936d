"""Keys of programs to the API: shown once, kept as digests, with roles of their own; they end and can be revoked."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.errors import NoSuchItem
from moderation.review import audit
from moderation.review.accounts import InvalidAccount
from moderation.review.logins import digest_of
from moderation.review.roles import PROGRAMS
from moderation.review.tables import Account, Token

PREFIX = "mdesk_"  # so that scanners of leaked secrets can know one

_USED_EVERY = timedelta(minutes=1)


def issue(
    session: Session, name: str, roles: Sequence[str], *, by: Account, ends_at: datetime | None, now: datetime
) -> str:
    """A new token; gives its secret, which is shown now and never again. Raises `InvalidAccount`."""
    name = " ".join(name.split())
    if not name or len(name) > 100 or not name.isprintable():
        raise InvalidAccount("a token needs a name of at most 100 printable characters: which program uses it?")
    if not roles:
        raise InvalidAccount(f"a token needs a role: {', '.join(PROGRAMS)}")
    for role in roles:
        if role not in PROGRAMS:
            raise InvalidAccount(f"programs cannot have the role {role[:80]!r}; there are: {', '.join(PROGRAMS)}")
    if ends_at is not None and ends_at <= now:
        raise InvalidAccount("the token would have expired already")
    secret = PREFIX + secrets.token_urlsafe(32)
    token = Token(
        digest=digest_of(secret),
        name=name,
        roles=[role for role in PROGRAMS if role in roles],
        made_by=by.account_id,
        made_at=now,
        ends_at=ends_at,
        used_at=None,
        revoked_at=None,
    )
    session.add(token)
    session.flush()
    audit.note(
        session,
        f"account:{by.account_id}",
        "token.issued",
        f"token:{token.token_id}",
        {"name": name, "roles": token.roles, "ends_at": ends_at.isoformat() if ends_at else None},
        now=now,
    )
    return secret


def find(session: Session, secret: str, *, now: datetime) -> Token | None:
    """The token, unless it is unknown, over or revoked."""
    token = session.scalar(select(Token).where(Token.digest == digest_of(secret)))
    if token is None or token.revoked_at is not None or (token.ends_at is not None and now >= token.ends_at):
        return None
    if token.used_at is None or now - token.used_at >= _USED_EVERY:
        token.used_at = now
        session.flush()
    return token


def revoke(session: Session, token_id: int, *, by: Account, now: datetime) -> Token:
    """From now on nobody comes in with it. Raises `NoSuchItem`."""
    token = session.get(Token, token_id)
    if token is None:
        raise NoSuchItem("there is no such token")
    if token.revoked_at is None:
        token.revoked_at = now
        audit.note(
            session, f"account:{by.account_id}", "token.revoked", f"token:{token_id}", {"name": token.name}, now=now
        )
    return token


def all_tokens(session: Session) -> list[Token]:
    """Every token, the newest first."""
    return list(session.scalars(select(Token).order_by(Token.made_at.desc(), Token.token_id.desc())))
