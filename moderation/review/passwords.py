"""Passwords: argon2id with its library's parameters (RFC 9106, low memory), and what a password must be."""

import secrets
import threading
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from moderation.errors import ReviewError

SHORTEST = 12
LONGEST = 200  # argon2 takes any; a form should not

_HASHER = PasswordHasher()
_AT_ONCE = threading.BoundedSemaphore(2)  # 64 MiB each
_COMMON = ("password", "passwort", "qwerty", "123456", "letmein", "moderat", "welcome", "iloveyou", "admin")


class WeakPassword(ReviewError):
    """A password that is refused; the message says what is asked for."""

    status = 422


def digest(password: str) -> str:
    """The argon2id digest of a password, with its salt and parameters."""
    with _AT_ONCE:
        return _HASHER.hash(password)


def matches(stored: str | None, password: str) -> bool:
    """True where the password is the one of the digest. Takes as long where there is no digest."""
    with _AT_ONCE:
        try:
            return _HASHER.verify(stored or _nobodys(), password) and stored is not None
        except (VerificationError, InvalidHashError):
            return False


@cache
def _nobodys() -> str:
    """A digest that fits no password."""
    return _HASHER.hash(secrets.token_hex())


def outdated(stored: str) -> bool:
    """True where the digest was made with weaker parameters than today's."""
    return _HASHER.check_needs_rehash(stored)


def check(password: str, *names: str) -> None:
    """Raise `WeakPassword` unless it is long enough and more than a well-known word or the account's own names."""
    if len(password) < SHORTEST:
        raise WeakPassword(f"the password has {len(password)} characters; it needs at least {SHORTEST}")
    if len(password) > LONGEST:
        raise WeakPassword(f"the password has {len(password)} characters; at most {LONGEST} are taken")
    rest = password.lower()
    for known in (*_COMMON, *(name.lower() for name in names if len(name) >= 3)):
        rest = rest.replace(known, "")
    if len(set(rest)) < 5:
        raise WeakPassword("the password is a common word, a name or few characters repeated; several words are better")
