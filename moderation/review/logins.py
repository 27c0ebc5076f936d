"""Sessions of browsers: kept here, so that they can be ended here. The cookie holds a secret, the table its digest."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from moderation.review.tables import Account, Login

_SEEN_EVERY = timedelta(minutes=1)  # a write per request would be one too many


def digest_of(secret: str) -> str:
    """What is stored instead of a secret of 256 random bits: its sha256, hex."""
    return hashlib.sha256(secret.encode()).hexdigest()


def begin(session: Session, account: Account, *, lasts: timedelta, now: datetime) -> str:
    """Start a session; gives the secret for the cookie."""
    secret = secrets.token_urlsafe(32)
    session.add(
        Login(
            digest=digest_of(secret),
            account_id=account.account_id,
            csrf=secrets.token_urlsafe(32),
            began_at=now,
            seen_at=now,
            ends_at=now + lasts,
        )
    )
    session.flush()
    return secret


def find(session: Session, secret: str, *, idle: timedelta, now: datetime) -> tuple[Account, Login] | None:
    """Whose session it is; none if there is none, it has ended, or the account is no longer active."""
    found = session.execute(
        select(Account, Login)
        .join(Login, Login.account_id == Account.account_id)
        .where(Login.digest == digest_of(secret))
    ).first()
    if found is None:
        return None
    account, login = found
    if not account.active or now >= login.ends_at or now - login.seen_at >= idle:
        return None
    if now - login.seen_at >= _SEEN_EVERY:
        login.seen_at = now
        session.flush()
    return account, login


def of(session: Session, account_id: int, *, idle: timedelta, now: datetime) -> list[Login]:
    """The account's sessions that still hold, the last used first."""
    return list(
        session.scalars(
            select(Login)
            .where(Login.account_id == account_id, Login.ends_at > now, Login.seen_at > now - idle)
            .order_by(Login.seen_at.desc())
        )
    )


def last_seen(session: Session) -> dict[int, datetime]:
    """When each account was last seen, of those whose sessions are still kept."""
    rows = session.execute(select(Login.account_id, func.max(Login.seen_at)).group_by(Login.account_id))
    return {row[0]: row[1] for row in rows}


def end(session: Session, digest: str) -> None:
    """End one session."""
    session.execute(delete(Login).where(Login.digest == digest))


def end_all(session: Session, account_id: int, *, but: str | None = None) -> None:
    """End every session of an account, but the one with this digest."""
    session.execute(delete(Login).where(Login.account_id == account_id, Login.digest != (but or "")))


def forget_ended(session: Session, *, now: datetime) -> None:
    """Remove the rows of sessions that are over."""
    session.execute(delete(Login).where(Login.ends_at <= now))
