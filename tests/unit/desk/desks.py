"""A desk on an empty SQLite, and browsers and programs that visit it."""

import re
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient

from moderation.desk.app import make_app
from moderation.desk.desk import Desk
from moderation.review import accounts, logins, tokens
from moderation.review.database import Database
from moderation.review.rules import DeskRules
from moderation.review.tables import Account
from moderation.settings import DeskSettings

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
PASSWORD = "four plain words together"


class Clock:
    """The desk's time, which stands until a test moves it."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **length: float) -> None:
        self.now += timedelta(**length)


@cache
def _empty() -> bytes:
    """A database with all tables and no rows; migrations take longer than most tests."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/desk.db")
        database.upgrade()
        database.close()
        return Path(folder, "desk.db").read_bytes()


def desk_in(folder: Path, **changes: Any) -> Desk:
    """A desk with an empty database in the folder; `changes` are fields of `Desk`."""
    (folder / "desk.db").write_bytes(_empty())
    database = Database(f"sqlite:///{folder / 'desk.db'}")
    rules = changes.pop("rules", DeskRules())
    return replace(Desk(database, rules, DeskSettings(), now=Clock()), **changes)


def account_of(desk: Desk, *roles: str, login: str | None = None, **more: Any) -> Account:
    """An account with the roles; its login is the first role's name unless given. Detached."""
    login = login or (roles[0].replace(" ", "-") if roles else "nobody")
    with desk.database.session() as session:
        found = accounts.by_login(session, login)
        account = found or accounts.create(
            session, login, login.title(), roles=roles, by="moderation", now=desk.now(), **more
        )
        session.flush()
        session.refresh(account)
        session.expunge(account)
    return account


def browser(app: FastAPI, *roles: str, login: str | None = None) -> TestClient:
    """A browser that is signed in as an account with the roles (without roles and login: as nobody).

    It follows no redirects, and an error of the desk comes as its page. `csrf_of(browser)` is for its POSTs.
    """
    client = TestClient(app, follow_redirects=False, raise_server_exceptions=False)
    if roles or login:
        desk: Desk = app.state.desk
        account = account_of(desk, *roles, login=login)
        with desk.database.session() as session:
            client.cookies.set(
                "desk",
                logins.begin(session, account, lasts=timedelta(hours=12), now=desk.now()),
                domain="testserver.local",
            )
    return client


def csrf_of(client: TestClient) -> str:
    """The token for this browser's POSTs: `data={"csrf": csrf_of(client)}`."""
    page = client.get("/no-such-page").text
    found = re.search(r'<meta name="csrf" content="([^"]+)">', page)
    assert found is not None
    return found[1]


def program(app: FastAPI, *roles: str) -> TestClient:
    """A program with a token of these roles."""
    client = TestClient(app, follow_redirects=False, raise_server_exceptions=False)
    desk: Desk = app.state.desk
    maker = account_of(desk, "admin", login="token-maker")
    with desk.database.session() as session:
        secret = tokens.issue(session, "a program", roles, by=maker, ends_at=None, now=desk.now())
    client.headers["Authorization"] = f"Bearer {secret}"
    return client


def app_in(folder: Path, **changes: Any) -> FastAPI:
    """The application of `desk_in`."""
    return make_app(desk_in(folder, **changes))
