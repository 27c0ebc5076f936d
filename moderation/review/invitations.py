"""Links that work once: to set the first password, or a new one."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from moderation.errors import ReviewError
from moderation.review import accounts, audit
from moderation.review.logins import digest_of
from moderation.review.tables import Account, Invitation

LASTS = timedelta(days=3)
_AT_ONCE = timedelta(minutes=1)


class InvitationOver(ReviewError):
    """A link that was used, replaced, has expired, or never was one."""

    status = 410

    def __init__(self) -> None:
        super().__init__("this link does not work (any more): it was used, replaced or is too old. Ask for a new one")


@dataclass(frozen=True)
class Link:
    """An invitation; `path` is shown to its maker once and kept nowhere."""

    path: str
    ends_at: datetime


def invite(session: Session, account: Account, *, by: str, now: datetime) -> Link:
    """A new link for the account, valid for `LASTS`; earlier ones stop working."""
    session.execute(delete(Invitation).where(Invitation.account_id == account.account_id, Invitation.used_at.is_(None)))
    secret = secrets.token_urlsafe(32)
    ends_at = now + LASTS
    session.add(
        Invitation(digest=digest_of(secret), account_id=account.account_id, made_at=now, ends_at=ends_at, used_at=None)
    )
    audit.note(session, by, "account.invited", accounts.subject_of(account), now=now)
    return Link(f"/invitation/{secret}", ends_at)


def invited(session: Session, secret: str, *, now: datetime) -> Account:
    """Whom the link is for; looking does not use it up. Raises `InvitationOver`."""
    return _open(session, secret, now)[1]


def accept(session: Session, secret: str, password: str, *, now: datetime) -> Account:
    """Use the link: set the password. Raises `InvitationOver`, `WeakPassword` (the link stays good)."""
    invitation, account = _open(session, secret, now)
    accounts.set_password(session, account.account_id, password, by=accounts.subject_of(account), now=now)
    invitation.used_at = now
    return account


def just_used(session: Session, secret: str, *, now: datetime) -> str | None:
    """The login of whom the link was for, where it has set a password within `_AT_ONCE`."""
    return session.scalar(
        select(Account.login)
        .join(Invitation, Invitation.account_id == Account.account_id)
        .where(Invitation.digest == digest_of(secret), Invitation.used_at > now - _AT_ONCE)
    )


def first_admin(session: Session, now: datetime, issuer: str | None = None) -> str | None:
    """Where nobody can come in as admin: make the account `admin` and give the path of its one-time link.

    Until that link is used, each call makes a new one, and the one before stops working. None once there is an admin
    with a password, or an account at the provider of single sign-on, which is the `issuer`.
    """
    everybody = accounts.everybody(session)
    admins = [account for account in everybody if account.active and "admin" in account.roles]
    if any(account.password or (issuer and (account.subject or "").startswith(f"{issuer} ")) for account in admins):
        return None
    if admins:
        account = admins[0]
    else:
        taken = {account.login for account in everybody}
        login = next(name for name in map("admin{}".format, ("", *range(2, len(taken) + 3))) if name not in taken)
        account = accounts.create(session, login, "Admin", roles=["admin"], by="moderation", now=now)
    return invite(session, account, by="moderation", now=now).path


def _open(session: Session, secret: str, now: datetime) -> tuple[Invitation, Account]:
    found = session.execute(
        select(Invitation, Account)
        .join(Account, Account.account_id == Invitation.account_id)
        .where(Invitation.digest == digest_of(secret), Invitation.used_at.is_(None), Invitation.ends_at > now)
        .with_for_update()
    ).first()
    if found is None or not found[1].active:
        raise InvitationOver
    return found[0], found[1]
