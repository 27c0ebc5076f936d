"""Every role against every route, and every way in that must stay shut. A new route is covered by being there."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.responses import Response
from fastapi.testclient import TestClient
from starlette.routing import Mount

from moderation.desk import pages
from moderation.desk.app import make_app
from moderation.desk.limits import RATES, Limits, Rate
from moderation.desk.pages import PageRoute, Pages
from moderation.desk.security import HEADERS
from moderation.errors import BrokerUnavailable
from moderation.review import accounts, tokens
from moderation.review.roles import PEOPLE, PERMISSIONS, PROGRAMS, ROLES, may
from tests.unit.desk.desks import account_of, app_in, browser, csrf_of, desk_in, program

DESK = Path(pages.__file__).parents[1]
DENIED = "Roles that have it"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """One desk for all walks, on which nobody comes too often."""
    desk = desk_in(tmp_path_factory.mktemp("desk"))
    return make_app(desk, Limits({what: Rate(1_000_000, 1) for what in RATES}))


def walk(app: FastAPI) -> Iterator[tuple[PageRoute, str, str]]:
    """Every route with its method and an address of it."""
    for route in app.routes:
        if isinstance(route, PageRoute):
            for method in sorted(route.methods):
                yield route, method, re.sub(r"{[^}]+}", "999999", route.path)


def visit(client: TestClient, method: str, address: str, **fields: str) -> Response:
    return client.request(method, address, data=fields or None)  # type: ignore[return-value]


def test_every_route_has_passed_the_doors(app: FastAPI) -> None:
    others = [route for route in app.routes if not isinstance(route, PageRoute)]
    assert [(type(route), route.path) for route in others if isinstance(route, Mount)] == [(Mount, "/static")]
    assert len(others) == 1
    assert len(list(walk(app))) > 30


@pytest.mark.parametrize("role", [*PEOPLE, None])
def test_people_come_in_where_their_role_may_and_nowhere_else(app: FastAPI, role: str | None) -> None:
    held = [role] if role else []
    for route, method, address in walk(app):
        if address.startswith("/api/"):
            continue
        client = browser(app, *held, login="nobody" if role is None else None)
        answer = visit(client, method, address, csrf=csrf_of(client))
        allowed = route.permission is None or may(held, route.permission)
        assert (DENIED in answer.text) == (not allowed), f"{role} {method} {address}: {answer.status_code}"
        assert (answer.status_code == 403) or allowed, f"{role} {method} {address}"
        assert answer.status_code < 500 or answer.status_code == 503, f"{role} {method} {address}: {answer.status_code}"


@pytest.mark.parametrize("role", PROGRAMS)
def test_programs_come_in_where_their_token_may_and_nowhere_else(app: FastAPI, role: str) -> None:
    client = program(app, role)
    for route, method, address in walk(app):
        answer = visit(client, method, address)
        if not address.startswith("/api/"):
            assert route.permission is None or answer.status_code in (303, 403), f"{method} {address}"
            continue
        allowed = route.permission is None or may([role], route.permission)
        assert (DENIED in answer.text) == (not allowed), f"{role} {method} {address}: {answer.status_code}"
        assert answer.headers["content-type"] == "application/json", f"{method} {address}"
        assert answer.status_code < 500, f"{role} {method} {address}: {answer.status_code}"


def test_who_is_not_signed_in_is_asked_to_and_led_back_afterwards(app: FastAPI) -> None:
    for route, method, address in walk(app):
        if route.permission is None:
            continue
        client = browser(app)
        answer = visit(client, method, address, csrf=csrf_of(client))
        if address.startswith("/api/"):
            assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer"), address
        else:
            assert answer.status_code == 303, f"{method} {address}"
            back = address.replace("/", "%2F") if method == "GET" else "%2F&unsent=true"
            assert answer.headers["location"] == f"/sign-in?next={back}"


def test_a_piece_for_htmx_leads_the_whole_page_to_the_sign_in(app: FastAPI) -> None:
    answer = browser(app).get("/settings", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/sign-in?next=%2F")


@pytest.mark.parametrize(
    ("given", "address", "back"),
    [
        ("HX-Current-URL", "http://testserver/tasks/abc?a=1", "%2Ftasks%2Fabc%3Fa%3D1"),
        ("Referer", "http://testserver/tasks/abc", "%2Ftasks%2Fabc"),
        ("Referer", "https://evil.example/tasks/abc", "%2F"),
        ("HX-Current-URL", "http://[", "%2F"),
    ],
)
def test_who_sends_something_after_the_session_ended_reads_so_and_comes_back_to_the_page(
    app: FastAPI, given: str, address: str, back: str
) -> None:
    client = browser(app)
    piece = {"HX-Request": "true"} if given.startswith("HX") else {}
    answer = client.post("/tasks/abc/answer", headers={given: address, **piece})
    there = answer.headers["hx-redirect" if piece else "location"]
    assert there == f"/sign-in?next={back}&unsent=true"
    page = client.get(there).text
    assert "Your session has ended, and nothing was sent." in page
    assert ("what you chose and wrote is filled in again" in page) == ("tasks" in back)
    assert "nothing was sent" not in client.get("/sign-in").text


def test_a_session_opens_no_api_and_a_token_no_page(app: FastAPI) -> None:
    session = browser(app, *PEOPLE, login="everything")
    for _, method, address in walk(app):
        if address.startswith("/api/"):
            assert visit(session, method, address).status_code == 401, address
    assert program(app, "platform").get("/settings").status_code == 303


@pytest.mark.parametrize("wrong", ["missing", "other", "empty", "of another session", "header"])
def test_a_form_without_the_right_token_changes_nothing(app: FastAPI, wrong: str) -> None:
    stranger = csrf_of(browser(app, "reviewer"))
    for route, method, address in walk(app):
        if method != "POST" or address.startswith("/api/"):
            continue
        client = browser(app, *PEOPLE, login="everything")
        fields = {"other": {"csrf": "x" * 43}, "empty": {"csrf": ""}, "of another session": {"csrf": stranger}}
        headers = {"X-CSRF-Token": stranger} if wrong == "header" else {}
        answer = client.post(address, data=fields.get(wrong), headers=headers)
        assert answer.status_code == 403, address
        assert "This page is too old" in answer.text, route.path


def test_the_token_of_a_form_may_come_in_the_header_of_htmx(app: FastAPI) -> None:
    client = browser(app, "reviewer")
    answer = client.post("/settings/theme", data={"theme": "dark"}, headers={"X-CSRF-Token": csrf_of(client)})
    assert answer.status_code == 204


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://testserver.evil.example", "http://testserver:81"]
)
def test_a_form_of_another_site_changes_nothing_even_with_the_right_token(app: FastAPI, origin: str) -> None:
    client = browser(app, "reviewer")
    fields = {"theme": "dark", "csrf": csrf_of(client)}
    assert client.post("/settings/theme", data=fields, headers={"Origin": origin}).status_code == 403
    assert client.post("/settings/theme", data=fields, headers={"Origin": "http://testserver"}).status_code == 204


def test_a_route_cannot_be_made_without_a_permission() -> None:
    router = Pages()
    with pytest.raises(TypeError, match="permission"):
        router.get("/open")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="which is not in TABLE"):
        router.get("/open", permission="queues.see")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="/open names no permission"):
        router.put("/open")(lambda: None)


def test_every_permission_is_asked_for_and_every_role_has_one(app: FastAPI) -> None:
    asked = {route.permission for route, _, _ in walk(app)}
    sources = [*DESK.rglob("*.py"), *DESK.rglob("*.html")]
    asked |= set(re.findall(r"""may\(["']([a-z.-]+)["']\)""", "".join(path.read_text() for path in sources)))
    assert set(PERMISSIONS) - asked == set()
    assert [role for role in ROLES if not any(may([role], permission) for permission in PERMISSIONS)] == []


def test_an_auditor_changes_nothing(app: FastAPI) -> None:
    changes = {
        route.permission
        for route, method, _ in walk(app)
        if method == "POST" and (route.permission is None or may(["auditor"], route.permission))
    }
    # Seeing a picture plain is entered into the audit; the audit is checked against a head of its chain.
    assert changes <= {None, "own.settings", "media.see", "audit.see"}


def test_every_answer_carries_the_security_headers(app: FastAPI) -> None:
    client = browser(app, *PEOPLE, login="everything")
    addresses = [address for _, method, address in walk(app) if method == "GET"]
    for address in [*addresses, "/no-such-page", "/static/desk.css", "/static/none", "/api/none", "/users/x"]:
        answer = client.get(address)
        assert HEADERS.items() <= dict(answer.headers).items() | {
            (name, answer.headers.get(name)) for name in HEADERS
        }, address
        assert "cache-control" in answer.headers, address
    policy = HEADERS["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_pages_are_kept_nowhere_and_assets_are(app: FastAPI) -> None:
    client = browser(app, "admin")
    page = client.get("/users")
    assert page.headers["cache-control"] == "no-store"
    for address in re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text):
        asset = client.get(address)
        assert (asset.status_code, asset.headers["cache-control"]) == (200, "public, max-age=31536000, immutable")
    assert client.get("/static/desk.css").headers["cache-control"] == "no-cache"
    assert client.get("/static/../doors.py").status_code == 404


def test_who_is_deactivated_is_out_at_once(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    client = browser(app, "reviewer")
    assert client.get("/settings").status_code == 200
    desk = app.state.desk
    number = account_of(desk, "reviewer").account_id
    with desk.database.session() as session:
        accounts.change(session, number, active=False, by="moderation", now=desk.now())
    assert client.get("/settings").status_code == 303


def test_who_loses_a_role_loses_it_at_once(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    account_of(app.state.desk, "admin")
    client = browser(app, "admin", login="second")
    assert client.get("/users").status_code == 200
    desk = app.state.desk
    with desk.database.session() as session:
        account = accounts.by_login(session, "second")
        assert account is not None
        accounts.change(session, account.account_id, roles=["auditor"], by="moderation", now=desk.now())
    assert client.get("/users").status_code == 403


def test_a_token_that_is_over_revoked_or_wrong_opens_nothing(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    client = program(app, "platform")
    assert client.get("/api/v1/appeals/none").status_code == 404
    desk = app.state.desk
    admin = account_of(desk, "admin", login="token-maker")
    with desk.database.session() as session:
        tokens.revoke(session, 1, by=admin, now=desk.now())
    assert client.get("/api/v1/appeals/none").status_code == 401
    assert "revoked" in client.get("/api/v1/appeals/none").json()["error"]
    for header in ("Bearer mdesk_wrong", "Bearer", "Basic YTpi", "mdesk_wrong"):
        assert client.get("/api/v1/appeals/none", headers={"Authorization": header}).status_code == 401


def test_a_fault_shows_a_number_and_no_trace(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    app = app_in(tmp_path)
    faulty = Pages()

    @faulty.get("/faulty", permission=None)
    def fault() -> Response:
        raise RuntimeError("the inside of the desk")

    app.router.routes.extend(faulty.routes)
    answer = browser(app, "reviewer").get("/faulty")
    assert answer.status_code == 500
    assert "RuntimeError" not in answer.text
    assert "inside" not in answer.text
    assert answer.headers["content-security-policy"] == HEADERS["Content-Security-Policy"]
    number = re.search(r"the number ([0-9a-f]{8})", answer.text)
    assert number is not None
    assert number[1] in caplog.text
    piece = browser(app, "reviewer").get("/faulty", headers={"HX-Request": "true"})
    assert (piece.status_code, piece.headers["hx-retarget"]) == (500, "#toasts")
    assert "<html" not in piece.text


@pytest.mark.parametrize("number", ["abc", "9" * 30])
def test_an_address_with_an_impossible_number_is_not_found(app: FastAPI, number: str) -> None:
    answer = browser(app, "reviewer").get(f"/tasks/{number}")
    assert answer.status_code == 404
    assert "form" not in answer.text.split("<main")[1].split("</main>")[0]


def test_what_may_work_later_says_so(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    away = Pages()

    @away.get("/away", permission=None)
    def unavailable() -> Response:
        raise BrokerUnavailable("no Kafka answers at localhost:9092")

    app.router.routes.extend(away.routes)
    answer = browser(app).get("/away")
    assert answer.status_code == 503
    assert "<h1>Not now</h1>" in answer.text
    assert "No Kafka answers at localhost:9092." in answer.text


def test_a_body_that_is_too_large_is_not_read(app: FastAPI) -> None:
    client = browser(app, "reviewer")
    large = client.post("/settings", content=b"x" * 1_000_001, headers={"Content-Type": "text/plain"})
    assert large.status_code == 413
    pieces = client.post("/settings", content=iter([b"blur=" + b"x" * 600_000] * 2))
    assert pieces.status_code in (403, 413)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert client.post("/settings", content=iter([b"x" * 600_000] * 2), headers=form).status_code == 413
