"""Who may come in: people, their logins, programs' tokens."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from moderation.review.tables.base import Base


class Account(Base):
    """A person. `roles` are names of `moderation.review.roles`; `preferences` how items are shown to them."""

    __tablename__ = "accounts"

    account_id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password: Mapped[str | None]  # argon2; none for who comes through single sign-on, or was only invited
    subject: Mapped[str | None] = mapped_column(unique=True)  # issuer and subject of single sign-on
    roles: Mapped[list[str]]
    skills: Mapped[list[str]]  # of queues that ask for one
    languages: Mapped[list[str]]  # BCP 47; empty: every language
    preferences: Mapped[dict[str, Any]]
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class Login(Base):
    """A session of a browser. `digest` is the sha256 of the cookie, which is kept nowhere."""

    __tablename__ = "logins"

    digest: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.account_id"), index=True)
    csrf: Mapped[str]
    began_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ends_at: Mapped[datetime]


class Invitation(Base):
    """A link that works once: the first administrator's, a new colleague's, a forgotten password's."""

    __tablename__ = "invitations"

    digest: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.account_id"), index=True)
    made_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Token(Base):
    """A program's key to the API. `digest` is the sha256 of the token, which is shown once."""

    __tablename__ = "tokens"

    token_id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    roles: Mapped[list[str]]
    made_by: Mapped[int] = mapped_column(ForeignKey("accounts.account_id"))
    made_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
