"""Accounts, passwords, sessions and tokens on both databases; what pages show of them is tested with the pages."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from moderation.errors import NoSuchItem
from moderation.review import accounts, invitations, logins, passwords, tokens
from moderation.review.database import Database

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def make(database: Database, login: str, *roles: str, subject: str | None = None) -> int:
    with database.session() as session:
        account = accounts.create(session, login, "", roles=roles, subject=subject, by="moderation", now=NOW)
        return account.account_id


def test_a_login_belongs_to_one_account(database: Database) -> None:
    make(database, "kim", "reviewer")
    with pytest.raises(accounts.LoginTaken, match="'kim' is taken"):
        make(database, " KIM ", "lead")


def test_nobody_is_left_without_an_admin(database: Database) -> None:
    first, second = make(database, "one", "admin"), make(database, "two", "admin", "lead")
    with database.session() as session:
        accounts.change(session, first, active=False, by="moderation", now=NOW)
    for change in ({"active": False}, {"roles": ["lead"]}):
        with pytest.raises(accounts.LastAdmin), database.session() as session:
            accounts.change(session, second, **change, by="moderation", now=NOW)  # type: ignore[arg-type]
    with database.session() as session:
        assert accounts.get(session, second).active
        assert accounts.get(session, second).roles == ["lead", "admin"]


@pytest.mark.parametrize("change", [{"active": False}, {"roles": ["reviewer"]}], ids=["deactivated", "demoted"])
@pytest.mark.parametrize("turn", range(3))
def test_two_admins_who_remove_each_other_at_once_leave_one_of_them(
    database: Database, change: dict[str, Any], turn: int
) -> None:
    pair = make(database, "one", "admin"), make(database, "two", "admin")
    together, outcomes = threading.Barrier(2), list[object]()

    def remove(by: int, whom: int) -> None:
        together.wait()
        try:
            outcomes.append(
                database.transact(
                    lambda session: accounts.change(session, whom, **change, by=f"account:{by}", now=NOW).account_id
                )
            )
        except BaseException as error:
            outcomes.append(type(error))

    threads = [threading.Thread(target=remove, args=each) for each in (pair, pair[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert accounts.LastAdmin in outcomes
    with database.session() as session:
        left = [own.account_id for own in accounts.everybody(session) if own.active and "admin" in own.roles]
    assert len(left) == 1
    assert {*outcomes, *left} == {accounts.LastAdmin, *pair}


def test_the_first_admin_has_a_link_until_somebody_is_admin(database: Database) -> None:
    with database.session() as session:
        one = invitations.first_admin(session, NOW)
    with database.session() as session:
        two = invitations.first_admin(session, NOW)
    assert one is not None
    assert two is not None
    secrets = [link.removeprefix("/invitation/") for link in (one, two)]
    with pytest.raises(invitations.InvitationOver), database.session() as session:
        invitations.accept(session, secrets[0], "four plain words together", now=NOW)
    with database.session() as session:
        invitations.accept(session, secrets[1], "four plain words together", now=NOW)
    with database.session() as session:
        assert invitations.first_admin(session, NOW) is None
        admin = accounts.by_login(session, "admin")
        assert admin is not None
        assert passwords.matches(admin.password, "four plain words together")


@pytest.mark.parametrize(
    ("issuer", "is_enough"),
    [("https://id.example.com", True), ("https://id.example", False), ("https://id.example.org", False), (None, False)],
)
def test_an_admin_of_single_sign_on_is_admin_enough_while_that_is_set(
    database: Database, issuer: str | None, is_enough: bool
) -> None:
    number = make(database, "ada", "admin", subject="https://id.example.com 1")
    with database.session() as session:
        path = invitations.first_admin(session, NOW, issuer)
        assert (path is None) is is_enough
        if path is not None:
            assert invitations.invited(session, path.removeprefix("/invitation/"), now=NOW).account_id == number


@pytest.mark.parametrize("roles", [["lead"], []], ids=str)
def test_the_last_admin_whom_the_provider_makes_none_leaves_a_desk_that_can_be_managed(
    database: Database, roles: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    issuer = "https://id.example.com"

    def arrive(subject: str, *roles: str) -> None:
        with database.session() as session:
            accounts.arrive(session, f"{issuer} {subject}", login=subject, name="", roles=roles, now=NOW)

    arrive("ada", "admin", "lead")
    arrive("bo", "admin")
    arrive("bo", *roles)
    arrive("ada", "admin")
    assert caplog.text == ""
    arrive("ada", *roles)
    assert "ada was the last admin" in caplog.text
    assert "start the desk again" in caplog.text
    with database.session() as session:
        assert not any("admin" in own.roles for own in accounts.everybody(session))
        path = invitations.first_admin(session, NOW, issuer)
    assert path is not None
    with database.session() as session:
        made = invitations.accept(session, path.removeprefix("/invitation/"), "four plain words together", now=NOW)
        assert (made.login, made.roles) == ("admin", ["admin"])


def test_a_weak_password_uses_no_link_up(database: Database) -> None:
    number = make(database, "kim", "reviewer")
    with database.session() as session:
        path = invitations.invite(session, accounts.get(session, number), by="moderation", now=NOW).path
    secret = path.removeprefix("/invitation/")
    with pytest.raises(passwords.WeakPassword), database.session() as session:
        invitations.accept(session, secret, "kim", now=NOW)
    with database.session() as session:
        assert invitations.accept(session, secret, "four plain words together", now=NOW).account_id == number


def test_sessions_are_found_while_they_hold_and_forgotten_after(database: Database) -> None:
    number = make(database, "kim", "reviewer")
    idle = timedelta(hours=1)
    with database.session() as session:
        account = accounts.get(session, number)
        one = logins.begin(session, account, lasts=timedelta(hours=2), now=NOW)
        two = logins.begin(session, account, lasts=timedelta(hours=3), now=NOW)
    for minutes, found in ((0, True), (59, True), (118, True), (120, False)):
        with database.session() as session:
            here = logins.find(session, one, idle=idle, now=NOW + timedelta(minutes=minutes))
            assert (here is not None) == found, minutes
    with database.session() as session:
        assert logins.find(session, two, idle=idle, now=NOW + timedelta(minutes=60)) is None
        assert logins.find(session, "", idle=idle, now=NOW) is None
        logins.forget_ended(session, now=NOW + timedelta(hours=2))
        assert [login.digest for login in logins.of(session, number, idle=idle, now=NOW)] == [logins.digest_of(two)]


def test_tokens_are_found_while_they_hold(database: Database) -> None:
    number = make(database, "ada", "admin")
    with database.session() as session:
        admin = accounts.get(session, number)
        secret = tokens.issue(session, "x", ["platform"], by=admin, ends_at=NOW + timedelta(days=1), now=NOW)
    with database.session() as session:
        token = tokens.find(session, secret, now=NOW + timedelta(hours=23))
        assert token is not None
        assert token.used_at == NOW + timedelta(hours=23)
        assert tokens.find(session, secret, now=NOW + timedelta(days=1)) is None
        assert tokens.find(session, secret[:-1], now=NOW) is None
        tokens.revoke(session, token.token_id, by=accounts.get(session, number), now=NOW)
        assert tokens.find(session, secret, now=NOW) is None
        with pytest.raises(NoSuchItem):
            tokens.revoke(session, 99, by=accounts.get(session, number), now=NOW)


@pytest.mark.parametrize(
    "password",
    [
        "",
        "eleven char",
        "password1234",
        "PASSWORDPASSWORD",
        "aaaaaaaaaaaaaaaa",
        "abcabcabcabcabc",
        "kim.nguyen kim",
        "x" * 201,
    ],
)
def test_weak_passwords_are_refused(password: str) -> None:
    with pytest.raises(passwords.WeakPassword):
        passwords.check(password, "kim.nguyen", "Kim")


@pytest.mark.parametrize(
    "password", ["four plain words together", "nKx7-Qe2!vvB0", "пароль из четырёх слов", "一个很长很长的密码短语吧真的"]
)
def test_long_ones_are_taken_in_any_script(password: str) -> None:
    passwords.check(password, "kim.nguyen", "Kim")


def test_a_digest_fits_its_password_and_nothing_else() -> None:
    stored = passwords.digest("four plain words together")
    assert stored.startswith("$argon2id$v=19$")
    assert passwords.matches(stored, "four plain words together")
    assert not passwords.matches(stored, "four plain words together ")
    assert not passwords.matches(None, "four plain words together")
    assert not passwords.matches("no digest", "")
    assert not passwords.outdated(stored)
    assert passwords.outdated("$argon2id$v=19$m=4096,t=3,p=1$c29tZXNhbHQ$iWh06vD8Fy27wf9npn6FXWiCX4K6pW6Ue1Bnzz07Z8A")


def test_the_first_admin_has_a_login_of_their_own(database: Database) -> None:
    make(database, "admin", "reviewer")
    with database.session() as session:
        assert invitations.first_admin(session, NOW) is not None
    with database.session() as session:
        admin = accounts.by_login(session, "admin2")
        assert admin is not None
        assert admin.roles == ["admin"]
