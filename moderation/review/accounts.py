"""Accounts of people: made, changed, let in by password, shut out. Every change is entered into the audit."""

import logging
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from moderation.errors import NoSuchItem, ReviewError
from moderation.review import audit, logins, passwords
from moderation.review.roles import PEOPLE
from moderation.review.tables import Account

log = logging.getLogger(__name__)

PREFERENCES: dict[str, Any] = {"theme": "auto", "blur": True, "grey": True, "faces": True}
"""How items are shown to who has set nothing: media blurred, grey, and faces blurred."""

THEMES = ("auto", "light", "dark")

_LOGIN = re.compile(r"[a-z0-9](?:[a-z0-9._@+-]{0,62}[a-z0-9])?", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*", re.ASCII | re.IGNORECASE)
_WORD = re.compile(r"[\w][\w -]{0,63}")


class InvalidAccount(ReviewError):
    """An account that cannot be as it was asked for."""

    status = 422


class LoginTaken(ReviewError):
    """Somebody else signs in with this name."""

    status = 409


class LastAdmin(ReviewError):
    """Without this account nobody could manage accounts any more."""

    status = 409


def create(
    session: Session,
    login: str,
    name: str,
    *,
    roles: Sequence[str],
    skills: Sequence[str] = (),
    languages: Sequence[str] = (),
    subject: str | None = None,
    by: str,
    now: datetime,
) -> Account:
    """A new account without a password: its owner sets one through an invitation, or comes by single sign-on.

    `by` is the actor for the audit. Raises `InvalidAccount`, `LoginTaken`.
    """
    login = login.strip().lower()
    if not _LOGIN.fullmatch(login):
        raise InvalidAccount(
            f"{login[:80]!r} cannot be a login: 1 to 64 of a-z, 0-9 and . _ @ + -, with a letter or digit at both ends"
        )
    if session.scalar(select(Account.account_id).where(Account.login == login)) is not None:
        raise LoginTaken(f"the login {login!r} is taken")
    account = Account(
        login=login,
        name=_name(name) or login,
        password=None,
        subject=subject,
        roles=_roles(roles),
        skills=_words(skills, "skill"),
        languages=_languages(languages),
        preferences={},
        active=True,
        created_at=now,
    )
    session.add(account)
    try:
        session.flush()
    except IntegrityError:  # somebody else's came in between
        raise LoginTaken(f"the login {login!r} is taken") from None
    audit.note(session, by, "account.created", subject_of(account), _state(account), now=now)
    return account


def change(
    session: Session,
    account_id: int,
    *,
    name: str | None = None,
    roles: Sequence[str] | None = None,
    skills: Sequence[str] | None = None,
    languages: Sequence[str] | None = None,
    active: bool | None = None,
    by: str,
    now: datetime,
) -> Account:
    """Change what is given. Whoever is deactivated is out at once: their sessions end.

    Raises `NoSuchItem`, `InvalidAccount`, and `LastAdmin` where no active admin would be left.
    """
    _lock_active(session)
    account = get(session, account_id, lock=True)
    before = _state(account)
    account.name = (_name(name) or account.login) if name is not None else account.name
    account.roles = _roles(roles) if roles is not None else account.roles
    account.skills = _words(skills, "skill") if skills is not None else account.skills
    account.languages = _languages(languages) if languages is not None else account.languages
    account.active = active if active is not None else account.active
    session.flush()
    if before["active"] and "admin" in before["roles"] and not any("admin" in one for one in _lock_active(session)):
        raise LastAdmin("this is the last active admin; make somebody else an admin first")
    if not account.active:
        logins.end_all(session, account_id)
    _note_change(session, account, before, by=by, now=now)
    return account


def arrive(
    session: Session, subject: str, *, login: str, name: str, roles: Sequence[str], now: datetime
) -> Account | None:
    """The account of who comes by single sign-on, made at the first time, with the roles that the provider tells of.

    None where these are none, or the account is deactivated: an account that was there loses its roles and sessions.
    The last admin is no exception, as the provider may have meant it: the next start of a desk makes another one.
    Raises `LoginTaken`: an account with a password is nobody else's to take over.
    """
    account = session.scalar(select(Account).where(Account.subject == subject).with_for_update())
    if account is None:
        return create(session, login, name, roles=roles, subject=subject, by="moderation", now=now) if roles else None
    before = _state(account)
    account.name, account.roles = _name(name) or account.login, _roles(roles)
    _note_change(session, account, before, by="moderation", now=now)
    session.flush()
    if "admin" in before["roles"] and not _is_managed(session):
        log.warning(
            "%s was the last admin, and is none any more by the provider of single sign-on; "
            "make somebody an admin there, or start the desk again, which prints a link for a new one",
            account.login,
        )
    if not account.active or not account.roles:
        logins.end_all(session, account.account_id)
        return None
    return account


def prefer(
    session: Session,
    account_id: int,
    preferences: Mapping[str, Any],
    *,
    languages: Sequence[str] | None = None,
    now: datetime,
) -> None:
    """Keep how somebody likes things shown, and which languages they read. Raises `InvalidAccount`."""
    account = get(session, account_id, lock=True)
    for name, value in preferences.items():
        if type(value) is not type(PREFERENCES.get(name)) or (name == "theme" and value not in THEMES):
            raise InvalidAccount(f"{name[:80]} cannot be {str(value)[:80]!r}")
    before = {**account.preferences, "languages": account.languages}
    account.preferences = {**account.preferences, **preferences}
    account.languages = account.languages if languages is None else _languages(languages)
    after = {**account.preferences, "languages": account.languages}
    changed = {name: value for name, value in after.items() if before.get(name) != value and name != "theme"}
    if changed:
        audit.note(session, subject_of(account), "account.preferred", subject_of(account), changed, now=now)


def preferences_of(account: Account) -> dict[str, Any]:
    """The account's preferences, with the careful defaults for what it has not set."""
    return {**PREFERENCES, **account.preferences}


def set_password(
    session: Session, account_id: int, password: str, *, by: str, now: datetime, but: str | None = None
) -> None:
    """Set the password and end every session but the one with the digest `but`. Raises `WeakPassword`."""
    account = get(session, account_id, lock=True)
    passwords.check(password, account.login, account.name)
    account.password = passwords.digest(password)
    logins.end_all(session, account_id, but=but)
    audit.note(session, by, "account.password", subject_of(account), now=now)


def by_login(session: Session, login: str) -> Account | None:
    """The active account of this login."""
    return session.scalar(select(Account).where(Account.login == login.strip().lower(), Account.active))


def get(session: Session, account_id: int, *, lock: bool = False) -> Account:
    """The account; raises `NoSuchItem`."""
    account = session.get(Account, account_id, with_for_update=True if lock else None)
    if account is None:
        raise NoSuchItem("there is no such account")
    return account


def everybody(session: Session) -> list[Account]:
    """All accounts, the active ones first, by name."""
    return list(session.scalars(select(Account).order_by(Account.active.desc(), func.lower(Account.name))))


def subject_of(account: Account) -> str:
    """The account as audit entries name it."""
    return f"account:{account.account_id}"


def _state(account: Account) -> dict[str, Any]:
    return {
        "login": account.login,
        "name": account.name,
        "roles": list(account.roles),
        "skills": list(account.skills),
        "languages": list(account.languages),
        "active": account.active,
    }


def _note_change(session: Session, account: Account, before: dict[str, Any], *, by: str, now: datetime) -> None:
    after = _state(account)
    changed = {key: {"from": before[key], "to": after[key]} for key in after if before[key] != after[key]}
    if changed:
        audit.note(session, by, "account.changed", subject_of(account), changed, now=now)


def _is_managed(session: Session) -> bool:
    return any("admin" in roles for roles in session.scalars(select(Account.roles).where(Account.active)))


def _lock_active(session: Session) -> Sequence[Sequence[str]]:
    """The roles of each active account, none of which changes meanwhile: or two admins could remove each other."""
    # Roles are JSON, which the two databases search differently; accounts are few.
    return session.scalars(
        select(Account.roles).where(Account.active).order_by(Account.account_id).with_for_update()
    ).all()


def _name(name: str) -> str:
    name = " ".join(name.split())
    if len(name) > 100 or not name.isprintable():
        raise InvalidAccount("a name has at most 100 printable characters")
    return name


def _roles(roles: Sequence[str]) -> list[str]:
    for role in roles:
        if role not in PEOPLE:
            raise InvalidAccount(f"there is no role {role[:80]!r} for people; there are: {', '.join(PEOPLE)}")
    return [role for role in PEOPLE if role in roles]


def _words(words: Sequence[str], what: str) -> list[str]:
    kept = sorted({word.strip() for word in words if word.strip()})
    for word in kept:
        if not _WORD.fullmatch(word):
            raise InvalidAccount(f"{word[:80]!r} cannot be a {what}: letters, digits, spaces and hyphens, at most 64")
    return kept


def _languages(languages: Sequence[str]) -> list[str]:
    kept = sorted({language.strip() for language in languages if language.strip()})
    for language in kept:
        if not _LANGUAGE.fullmatch(language):
            raise InvalidAccount(f"{language[:80]!r} is no language tag; write such as en, de, pt-BR")
    return kept
