"""What admins do to accounts and tokens, and what everybody sets for themselves."""

import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import select

from moderation.desk.desk import Desk
from moderation.review import accounts, invitations, passwords
from moderation.review.tables import Account, AuditEntry, Token
from tests.unit.desk.desks import PASSWORD, account_of, app_in, browser, csrf_of, program


def post(client: TestClient, address: str, **fields: str | list[str]) -> Response:
    return client.post(address, data={"csrf": csrf_of(client), **fields})


def stored(desk: Desk, login: str) -> Account:
    with desk.database.session() as session:
        account = session.scalars(select(Account).where(Account.login == login)).one()
        session.expunge(account)
    return account


def audited(desk: Desk) -> list[tuple[str, str, str]]:
    with desk.database.session() as session:
        return [(entry.actor, entry.did, entry.subject) for entry in session.scalars(select(AuditEntry))]


def link_in(client: TestClient, made: Response) -> str:
    """The link on the page that a POST leads to, which shows it once."""
    page = client.get(made.headers["location"])
    assert "/invitation/" not in client.get(made.headers["location"]).text
    found = re.search(r'value="http://testserver(/invitation/[^"]+)"', page.text)
    assert found is not None
    return found[1]


def test_an_admin_makes_an_account_whose_owner_sets_the_password(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    admin = browser(app, "admin")
    made = post(
        admin,
        "/users/new",
        login="Kim",
        name="Kim  Nguyen",
        roles=["reviewer", "lead"],
        skills="hate speech, , csam",
        languages="vi, en",
    )
    kim = stored(app.state.desk, "kim")
    assert (kim.name, kim.roles, kim.skills, kim.languages) == (
        "Kim Nguyen",
        ["reviewer", "lead"],
        ["csam", "hate speech"],
        ["en", "vi"],
    )
    client = browser(app)
    accepted = post(client, link_in(admin, made), password=PASSWORD, again=PASSWORD)
    assert accepted.status_code == 303
    assert "Kim Nguyen" in client.get("/settings").text
    actor, subject = f"account:{stored(app.state.desk, 'admin').account_id}", f"account:{kim.account_id}"
    assert [(actor, "account.created", subject), (actor, "account.invited", subject)] == audited(app.state.desk)[1:3]
    assert (subject, "account.password", subject) in audited(app.state.desk)


def test_a_link_that_is_sent_twice_at_once_leads_in_both_times_and_nobody_else(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    kim = account_of(app.state.desk, "reviewer", login="kim")
    with app.state.desk.database.session() as session:
        link = invitations.invite(session, kim, by="moderation", now=app.state.desk.now()).path
    first, second, other = browser(app), browser(app), browser(app)
    assert post(first, link, password=PASSWORD, again=PASSWORD).status_code == 303
    assert post(second, link, password=PASSWORD, again=PASSWORD).status_code == 303
    assert [client.get("/settings").status_code for client in (first, second)] == [200, 200]
    guess = "another four plain words"
    assert post(other, link, password=guess, again=guess).status_code == 401
    app.state.desk.now.forward(minutes=1)
    assert post(other, link, password=PASSWORD, again=PASSWORD).status_code == 410
    assert other.get("/settings").status_code == 303


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("login", "two words", "cannot be a login"),
        ("login", "", "cannot be a login"),
        ("login", "admin", "is taken"),
        ("roles", "king", "there is no role"),
        ("roles", "platform", "there is no role"),
        ("languages", "english", "is no language tag"),
        ("skills", "a/b", "cannot be a skill"),
        ("name", "x" * 101, "at most 100 printable characters"),
    ],
)
def test_an_account_that_cannot_be_is_refused_with_the_reason_and_keeps_what_was_typed(
    tmp_path: Path, field: str, value: str, said: str
) -> None:
    app = app_in(tmp_path)
    fields = {"login": "kim", "name": "Kim", "roles": "reviewer", "skills": "", "languages": "de"} | {field: value}
    answer = post(browser(app, "admin"), "/users/new", **fields)
    assert answer.status_code in (409, 422)
    assert said in answer.text
    if field not in ("languages", "roles"):
        assert 'value="de"' in answer.text
    with app.state.desk.database.session() as session:
        assert len(accounts.everybody(session)) == 1


def test_the_last_admin_stays_one(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    admin = browser(app, "admin")
    own = stored(app.state.desk, "admin").account_id
    for answer in (
        post(admin, f"/users/{own}/active", active="false"),
        post(admin, f"/users/{own}", name="Admin", roles=["reviewer"]),
        post(admin, f"/users/{own}", name="Admin"),
    ):
        assert answer.status_code == 409
        assert "this is the last active admin" in answer.text
    account_of(app.state.desk, "admin", login="second")
    assert post(admin, f"/users/{own}", name="Admin", roles=["reviewer"]).status_code == 303
    assert admin.get("/users").status_code == 403


def test_who_is_deactivated_loses_sessions_and_links_and_may_come_back(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    admin, kim = browser(app, "admin"), browser(app, "reviewer", login="kim")
    number = stored(app.state.desk, "kim").account_id
    link = link_in(admin, post(admin, f"/users/{number}/invite"))
    assert post(admin, f"/users/{number}/active", active="false").status_code == 303
    assert kim.get("/settings").status_code == 303
    assert browser(app).get(link).status_code == 410
    assert "deactivated" in admin.get("/users").text
    assert post(admin, f"/users/{number}/active", active="true").status_code == 303
    assert kim.get("/settings").status_code == 303
    assert browser(app, "reviewer", login="kim").get("/settings").status_code == 200


def test_an_admin_ends_all_sessions_of_an_account(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    admin, one, two = browser(app, "admin"), browser(app, "reviewer"), browser(app, "reviewer")
    assert post(admin, f"/users/{stored(app.state.desk, 'reviewer').account_id}/sign-out").status_code == 303
    assert [client.get("/settings").status_code for client in (one, two, admin)] == [303, 303, 200]


def test_accounts_that_do_not_exist_are_not_there(tmp_path: Path) -> None:
    admin = browser(app_in(tmp_path), "admin")
    for address in ("/users/99", "/users/99/active", "/users/99/invite", "/users/99/sign-out"):
        assert post(admin, address, active="true").status_code == 404
    assert post(admin, "/users/tokens/99/revoke").status_code == 404


def test_a_token_is_shown_once_and_kept_as_its_digest(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    admin = browser(app, "admin")
    made = post(admin, "/users/tokens", name="backend", roles=["platform"], lasts="30")
    assert (made.status_code, made.headers["location"]) == (303, "/users/tokens")
    assert "mdesk_" not in admin.get("/users").text
    page = admin.get("/users/tokens")
    found = re.search(r'value="(mdesk_[\w-]{43})"', page.text)
    assert found is not None
    secret = found[1]
    assert secret not in admin.get("/users/tokens").text
    client = browser(app)
    assert client.get("/api/v1/appeals/x", headers={"Authorization": f"Bearer {secret}"}).status_code == 404
    app.state.desk.now.forward(days=29, hours=23)
    assert client.get("/api/v1/appeals/x", headers={"Authorization": f"Bearer {secret}"}).status_code == 404
    with app.state.desk.database.session() as session:
        token = session.scalars(select(Token)).one()
        assert token.used_at == app.state.desk.now()
        assert secret not in str(vars(token))
    app.state.desk.now.forward(hours=1)
    assert client.get("/api/v1/appeals/x", headers={"Authorization": f"Bearer {secret}"}).status_code == 401


@pytest.mark.parametrize("roles", [[], ["reviewer"], ["admin"], ["platform", "lead"]])
def test_no_token_has_a_role_that_answers_items_or_manages_accounts(tmp_path: Path, roles: list[str]) -> None:
    app = app_in(tmp_path)
    answer = post(browser(app, "admin"), "/users/tokens", name="backend", roles=roles)
    assert answer.status_code == 422
    assert "role" in answer.text
    with app.state.desk.database.session() as session:
        assert session.scalars(select(Token)).all() == []


def test_a_revoked_token_is_out_at_once(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    client, admin = program(app, "platform"), browser(app, "admin")
    assert client.get("/api/v1/appeals/x").status_code == 404
    assert post(admin, "/users/tokens/1/revoke").status_code == 303
    assert client.get("/api/v1/appeals/x").status_code == 401
    assert [entry for entry in audited(app.state.desk) if entry[1].startswith("token.")] == [
        (f"account:{stored(app.state.desk, 'token-maker').account_id}", "token.issued", "token:1"),
        (f"account:{stored(app.state.desk, 'admin').account_id}", "token.revoked", "token:1"),
    ]


def test_everybody_sets_how_items_are_shown_to_them(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    client = browser(app, "reviewer")
    assert accounts.preferences_of(stored(app.state.desk, "reviewer")) == accounts.PREFERENCES
    assert all(accounts.PREFERENCES[name] for name in ("blur", "grey", "faces"))
    assert "sound" not in client.get("/settings").text  # nothing is played
    assert post(client, "/settings", grey="on", theme="dark", languages="de, en").status_code == 303
    own = stored(app.state.desk, "reviewer")
    assert own.languages == ["de", "en"]
    assert own.preferences == {"blur": False, "grey": True, "faces": False, "theme": "dark"}
    assert '<html lang="en" data-theme="dark">' in client.get("/settings").text
    assert post(client, "/settings", theme="pink").status_code == 422
    wrong = post(client, "/settings", languages="klingonisch")
    assert wrong.status_code == 422
    assert "is no language tag" in wrong.text
    assert stored(app.state.desk, "reviewer").languages == ["de", "en"]


def test_a_new_password_needs_the_old_one_and_ends_the_other_sessions(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    desk = app.state.desk
    here, there = browser(app, "reviewer"), browser(app, "reviewer")
    with desk.database.session() as session:
        account = accounts.by_login(session, "reviewer")
        assert account is not None
        account.password = passwords.digest(PASSWORD)
    new = "another four plain words"
    wrong = post(here, "/settings/password", current="not it", password=new, again=new)
    assert (wrong.status_code, "the current password is another" in wrong.text) == (422, True)
    assert post(here, "/settings/password", current=PASSWORD, password=new, again="x").status_code == 422
    assert (
        post(here, "/settings/password", current=PASSWORD, password="reviewer1234", again="reviewer1234").status_code
        == 422
    )
    assert there.get("/settings").status_code == 200
    assert post(here, "/settings/password", current=PASSWORD, password=new, again=new).status_code == 303
    assert [client.get("/settings").status_code for client in (here, there)] == [200, 303]


def test_everybody_ends_their_other_sessions(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    here, there, somebody = browser(app, "reviewer"), browser(app, "reviewer"), browser(app, "lead")
    assert "Another browser" in here.get("/settings").text
    assert post(here, "/settings/sessions").status_code == 303
    assert [client.get("/settings").status_code for client in (here, there, somebody)] == [200, 303, 200]
