"""Coming in and going out: passwords, cookies, sessions that end, links that work once, and names that attack."""

from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response

from moderation.desk.app import make_app
from moderation.desk.limits import RATES, Limits, Rate
from moderation.review import accounts, invitations, logins, passwords
from moderation.settings import DeskSettings
from tests.unit.desk.desks import PASSWORD, account_of, app_in, browser, csrf_of, desk_in, program

ATTACK = """<script>alert(1)</script>'"><img src=x onerror=alert(1)>{{ 7*7 }}"""


@cache
def digest() -> str:
    """Of `PASSWORD`, which takes a while."""
    return passwords.digest(PASSWORD)


def with_password(app: FastAPI, *roles: str, login: str = "kim") -> int:
    """An account that has `PASSWORD`."""
    desk = app.state.desk
    account = account_of(desk, *roles, login=login)
    with desk.database.session() as session:
        accounts.get(session, account.account_id).password = digest()
    return account.account_id


def sign_in(client: TestClient, login: str = "kim", password: str = PASSWORD, next: str = "/") -> Response:
    return client.post("/sign-in", data={"csrf": csrf_of(client), "login": login, "password": password, "next": next})


class Scripted(HTMLParser):
    """Everything in a page that a browser would run or load from elsewhere."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name.startswith("on") or name == "style" or (value or "").strip().lower().startswith("javascript:"):
                self.found.append(f"{tag} {name}={value}")
            here = (value or "").startswith(("/", "#", "?")) and not (value or "").startswith("//")
            if name in ("src", "href", "action") and not here:
                self.found.append(f"{tag} {name}={value}")
        if tag == "script" and "src" not in dict(attrs):
            self.found.append("inline script")


def test_the_right_password_leads_in_to_where_one_wanted_to_go(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    with_password(app, "reviewer")
    client = browser(app)
    answer = sign_in(client, " KIM ", next="/settings?a=b")
    assert (answer.status_code, answer.headers["location"]) == (303, "/settings?a=b")
    assert client.get("/settings").status_code == 200


@pytest.mark.parametrize(
    ("login", "password"), [("kim", "another password"), ("nobody", PASSWORD), ("", ""), ("kim", ""), ("old", PASSWORD)]
)
def test_whatever_is_wrong_the_answer_is_the_same(tmp_path: Path, login: str, password: str) -> None:
    app = app_in(tmp_path)
    with_password(app, "reviewer")
    old = with_password(app, "reviewer", login="old")
    with app.state.desk.database.session() as session:
        accounts.change(session, old, active=False, by="moderation", now=app.state.desk.now())
    client = browser(app)
    answer = sign_in(client, login, password)
    assert answer.status_code == 401
    assert "do not belong together, or the account is not active" in answer.text
    assert "desk" not in client.cookies


def test_an_account_without_a_password_has_none_that_fits(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    account_of(app.state.desk, "reviewer", login="invited")
    assert sign_in(browser(app), "invited", "").status_code == 401


def test_a_digest_of_weaker_times_is_made_anew_at_the_next_sign_in(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    number = with_password(app, "reviewer")
    weak = PasswordHasher(memory_cost=1024, time_cost=1).hash(PASSWORD)
    with app.state.desk.database.session() as session:
        accounts.get(session, number).password = weak
    assert sign_in(browser(app), password="wrong").status_code == 401
    assert sign_in(browser(app)).status_code == 303
    with app.state.desk.database.session() as session:
        stored = accounts.get(session, number).password
    assert stored is not None
    assert passwords.outdated(weak)
    assert not passwords.outdated(stored)
    assert passwords.matches(stored, PASSWORD)


def test_cookies_are_out_of_reach_of_scripts_and_other_sites_and_secure_over_https(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    with_password(app, "reviewer")
    plain = [line for line in sign_in(browser(app)).headers.get_list("set-cookie") if line.startswith("desk=")]
    assert len(plain) == 1
    assert {"HttpOnly", "Path=/", "SameSite=lax"} == set(plain[0].split("; ")[1:])
    client = TestClient(app, base_url="https://testserver", follow_redirects=False)
    guest = client.get("/sign-in").headers["set-cookie"]
    assert guest.startswith("__Host-desk_guest=")
    assert {"HttpOnly", "Path=/", "SameSite=lax", "Secure"} == set(guest.split("; ")[1:])
    inside = [line for line in sign_in(client).headers.get_list("set-cookie") if line.startswith("__Host-desk=")]
    assert {"HttpOnly", "Path=/", "SameSite=lax", "Secure"} == set(inside[0].split("; ")[1:])
    assert client.get("/settings").status_code == 200


def test_behind_a_proxy_that_speaks_https_cookies_are_secure_too(tmp_path: Path) -> None:
    app = make_app(desk_in(tmp_path, settings=DeskSettings(url="https://desk.example.com")))
    answer = browser(app).get("/sign-in")
    assert "Secure" in answer.headers["set-cookie"]
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


def test_a_session_ends_when_it_is_not_used_and_after_its_time_in_any_case(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    clock = app.state.desk.now
    idle = browser(app, "reviewer")
    clock.forward(minutes=59)
    assert idle.get("/settings").status_code == 200
    clock.forward(minutes=59)
    assert idle.get("/settings").status_code == 200
    clock.forward(minutes=60)
    assert idle.get("/settings").status_code == 303
    busy = browser(app, "reviewer")
    for _ in range(23):
        clock.forward(minutes=30)
        assert busy.get("/settings").status_code == 200
    clock.forward(minutes=30)
    assert busy.get("/settings").status_code == 303


def test_signing_out_ends_the_session_and_not_only_the_cookie(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    client = browser(app, "reviewer")
    stolen = client.cookies["desk"]
    answer = client.post("/sign-out", data={"csrf": csrf_of(client)})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert "desk" not in client.cookies
    client.cookies.set("desk", stolen, domain="testserver.local")
    assert client.get("/settings").status_code == 303


def test_a_session_is_new_after_signing_in_and_the_one_before_is_over(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    with_password(app, "reviewer")
    client = browser(app, "lead")
    before = client.cookies["desk"]
    assert sign_in(client).status_code == 303
    assert client.cookies["desk"] != before
    client.cookies.set("desk", before, domain="testserver.local")
    assert client.get("/settings").status_code == 303


@pytest.mark.parametrize(
    "next", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/\nx", "", "\\/evil"]
)
def test_a_link_to_the_sign_in_leads_nowhere_else(tmp_path: Path, next: str) -> None:
    app = app_in(tmp_path)
    with_password(app, "reviewer")
    assert sign_in(browser(app), next=next).headers["location"] == "/"
    signed_in = browser(app, "reviewer")
    assert signed_in.get("/sign-in", params={"next": next}).headers["location"] == "/"


def limited(folder: Path, **bursts: int) -> FastAPI:
    """A desk where fewer attempts are enough to be stopped."""
    rates = {what: Rate(bursts.get(what.split()[-1], 1000), 600) for what in RATES}
    return make_app(desk_in(folder), Limits(rates))


def test_guessing_is_stopped_with_a_clear_word_and_goes_on_later(tmp_path: Path) -> None:
    app = limited(tmp_path, login=3)
    with_password(app, "reviewer")
    client = browser(app)
    assert [sign_in(client, password="wrong").status_code for _ in range(3)] == [401] * 3
    stopped = sign_in(client)
    assert stopped.status_code == 429
    assert stopped.headers["retry-after"] == "200"
    assert "please wait 4 minutes and try again" in stopped.text
    assert sign_in(client, "sasha").status_code == 401
    app.state.desk.now.forward(seconds=200)
    assert sign_in(client).status_code == 303
    assert [sign_in(browser(app), password="wrong").status_code for _ in range(3)] == [401] * 3


def test_many_logins_from_one_address_are_stopped_too(tmp_path: Path) -> None:
    app = make_app(desk_in(tmp_path), Limits(RATES | {"sign-in from an address": Rate(3, 600)}))
    client = browser(app)
    assert [sign_in(client, f"somebody-{number}", "x").status_code for number in range(4)] == [401, 401, 401, 429]


def test_a_person_mistypes_some_times_and_a_machine_does_not_guess_thousands_a_day() -> None:
    login = RATES["sign-in of a login"]
    assert login.burst >= 5
    assert login.burst * 86_400 / login.seconds <= 1500


def test_who_asks_too_often_reads_so_as_a_page_a_toast_or_json(tmp_path: Path) -> None:
    app = limited(tmp_path, person=2, token=2)
    desk, client, other = app.state.desk, browser(app, "reviewer"), browser(app, "lead")
    assert [client.get("/settings").status_code for _ in range(3)] == [200, 200, 429]
    page = client.get("/settings")
    assert (page.status_code, page.headers["retry-after"]) == (429, "300")
    assert "<h1>Too fast</h1>" in page.text
    piece = client.get("/settings", headers={"HX-Request": "true"})
    assert (piece.status_code, piece.headers["hx-reswap"]) == (429, "beforeend")
    assert other.get("/settings").status_code == 200
    token = program(app, "platform")
    assert [token.get("/api/v1/appeals/1").status_code for _ in range(3)] == [404, 404, 429]
    assert "please wait 5 minutes" in token.get("/api/v1/appeals/1").json()["error"]
    desk.now.forward(seconds=300)
    assert client.get("/settings").status_code == 200


def test_whoever_they_are_an_address_has_its_limit(tmp_path: Path) -> None:
    app = limited(tmp_path, address=2)
    client = browser(app)
    assert [client.get("/sign-in").status_code for _ in range(3)] == [200, 200, 429]
    assert client.get("/static/desk.css").status_code == 200


def test_the_first_admin_comes_in_by_a_link_that_works_once(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    desk = app.state.desk
    with desk.database.session() as session:
        first = invitations.first_admin(session, desk.now())
        again = invitations.first_admin(session, desk.now())
    assert first is not None
    assert again is not None
    client = browser(app)
    assert client.get(first).status_code == 410
    assert client.get(again).status_code == 200
    short = client.post(again, data={"csrf": csrf_of(client), "password": "short", "again": "short"})
    assert short.status_code == 422
    assert "it needs at least 12" in short.text
    differ = client.post(again, data={"csrf": csrf_of(client), "password": PASSWORD, "again": PASSWORD + "!"})
    assert "The two passwords are not the same" in differ.text
    done = client.post(again, data={"csrf": csrf_of(client), "password": PASSWORD, "again": PASSWORD})
    assert done.status_code == 303
    assert client.get("/users").status_code == 200
    assert client.get(again).status_code == 410
    with desk.database.session() as session:
        assert invitations.first_admin(session, desk.now()) is None
    assert sign_in(browser(app), "admin").status_code == 303


def test_an_invitation_ends_after_its_days_or_with_its_account(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    desk = app.state.desk
    kim, sasha = (account_of(desk, "reviewer", login=login) for login in ("kim", "sasha"))
    with desk.database.session() as session:
        links = [invitations.invite(session, one, by="moderation", now=desk.now()).path for one in (kim, sasha)]
        accounts.change(session, sasha.account_id, active=False, by="moderation", now=desk.now())
    assert [browser(app).get(link).status_code for link in links] == [200, 410]
    desk.now.forward(days=3)
    assert browser(app).get(links[0]).status_code == 410


def test_nothing_that_somebody_typed_runs_on_any_page(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    desk = app.state.desk
    admin = account_of(desk, "admin")
    with desk.database.session() as session:
        accounts.change(session, admin.account_id, name=ATTACK, by="moderation", now=desk.now())
    client = browser(app, "admin")
    pages = [
        browser(app).get("/sign-in", params={"next": "/" + ATTACK}),
        sign_in(browser(app), ATTACK, ATTACK, "/" + ATTACK),
        client.get("/users"),
        client.get(f"/users/{admin.account_id}"),
        client.get("/settings"),
        client.get("/" + ATTACK),
        client.post("/settings", data={"csrf": csrf_of(client), "languages": ATTACK}),
        client.post("/users/new", data={"csrf": csrf_of(client), "login": ATTACK, "name": ATTACK, "skills": ATTACK}),
        client.post("/users/tokens", data={"csrf": csrf_of(client), "name": ATTACK, "roles": ["platform"]}),
        client.post("/users/tokens", data={"csrf": csrf_of(client), "name": "a", "roles": [ATTACK]}),
        client.post("/users/x" + ATTACK, data={"csrf": csrf_of(client)}),
    ]
    client.cookies.set("desk_told", ATTACK.replace(";", "").replace('"', ""), domain="testserver.local")
    pages.append(client.get("/users"))
    for page in pages:
        assert Scripted(page.text).found == [], page.request.url
        assert "<script>alert" not in page.text
    assert sum("&lt;script&gt;alert(1)" in page.text for page in pages) >= 9


def test_the_secret_of_a_session_is_stored_nowhere(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    client = browser(app, "reviewer")
    secret = client.cookies["desk"]
    client.get("/settings")
    app.state.desk.database.close()
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert secret.encode() not in kept
    assert logins.digest_of(secret).encode() in kept
