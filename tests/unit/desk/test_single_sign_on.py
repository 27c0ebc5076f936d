"""Coming in through a provider of OpenID Connect: a real one, small, on loopback, that tells the truth or does not."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from joserfc.jwk import RSAKey

from moderation.desk.app import make_app
from moderation.desk.single_sign_on import SingleSignOn
from moderation.errors import ConfigurationError
from moderation.review import accounts
from moderation.review.tables import Account
from moderation.settings import DeskSettings
from tests.unit.desk.desks import account_of, browser, desk_in
from tests.unit.desk.provider import CLIENT, SECRET, Provider, serving


@pytest.fixture
def provider() -> Iterator[Provider]:
    with serving() as provider:
        yield provider


@pytest.fixture
def app(provider: Provider, tmp_path: Path) -> FastAPI:
    return make_app(desk_in(tmp_path, settings=settings(oidc_issuer=provider.issuer)))


def settings(**changes: Any) -> DeskSettings:
    return DeskSettings(
        **{
            "oidc_client_id": CLIENT,
            "oidc_client_secret": SECRET,
            "oidc_roles": "mods=reviewer, leads=reviewer, leads=lead, cn=authors=policy author",
            **changes,
        }
    )


def leave(client: TestClient, next: str = "/") -> str:
    """To the provider, and the address that it sends the browser back to."""
    away = client.get("/sign-in/provider", params={"next": next})
    assert away.status_code == 303
    back = httpx2.get(away.headers["location"]).headers["location"]
    assert back.startswith("http://testserver/sign-in/provider/back?")
    return back.removeprefix("http://testserver")


def sign_in(client: TestClient, next: str = "/") -> Response:
    return client.get(leave(client, next))


def stored(app: FastAPI) -> list[Account]:
    with app.state.desk.database.session() as session:
        found = accounts.everybody(session)
        session.expunge_all()
    return found


def test_the_provider_says_who_comes_and_the_settings_what_they_may(app: FastAPI, provider: Provider) -> None:
    client = browser(app)
    assert 'href="/sign-in/provider?next=/settings"' in client.get("/sign-in?next=/settings").text
    provider.claims["groups"] = ["everybody", "leads", "cn=authors"]
    answer = sign_in(client, "/settings")
    assert (answer.status_code, answer.headers["location"]) == (303, "/settings")
    assert client.get("/settings").status_code == 200
    (kim,) = stored(app)
    assert (kim.login, kim.name, kim.roles) == ("kim", "Kim", ["reviewer", "lead", "policy author"])
    assert kim.subject == f"{provider.issuer} user-1"
    assert kim.password is None
    assert "Current password" not in client.get("/settings").text


def test_roles_are_those_of_the_last_sign_in(app: FastAPI, provider: Provider) -> None:
    sign_in(browser(app))
    provider.claims |= {"groups": ["leads"], "name": "Kim the Lead", "preferred_username": "kim2"}
    assert sign_in(browser(app)).status_code == 303
    (kim,) = stored(app)
    assert (kim.login, kim.name, kim.roles) == ("kim", "Kim the Lead", ["reviewer", "lead"])


def test_who_has_no_role_does_not_come_in_and_is_out(app: FastAPI, provider: Provider) -> None:
    before = browser(app)
    sign_in(before)
    provider.claims["groups"] = ["everybody"]
    answer = sign_in(browser(app))
    assert answer.status_code == 403
    assert "have no role here" in answer.text
    assert before.get("/settings").status_code == 303
    provider.claims |= {"sub": "user-2", "preferred_username": "stranger"}
    assert sign_in(browser(app)).status_code == 403
    assert [account.login for account in stored(app)] == ["kim"]


def test_who_is_deactivated_here_does_not_come_in_through_the_provider(app: FastAPI) -> None:
    sign_in(browser(app))
    number = stored(app)[0].account_id
    with app.state.desk.database.session() as session:
        accounts.change(session, number, active=False, by="moderation", now=app.state.desk.now())
    assert sign_in(browser(app)).status_code == 403


def test_an_account_with_a_password_cannot_be_taken_over_by_its_name(app: FastAPI) -> None:
    account_of(app.state.desk, "admin", login="kim")
    answer = sign_in(browser(app))
    assert answer.status_code == 409
    assert "is taken" in answer.text


def test_roles_that_only_userinfo_tells_count(app: FastAPI, provider: Provider) -> None:
    provider.hidden = ("groups",)
    assert sign_in(browser(app)).status_code == 303
    assert stored(app)[0].roles == ["reviewer"]


@pytest.mark.parametrize(
    "lies",
    [
        {"iss": "https://evil.example"},
        {"aud": "another-client"},
        {"aud": ["another-client"], "azp": CLIENT},
        {"aud": None},
        {"nonce": "of another sign-in"},
        {"nonce": None},
        {"exp": int(time.time()) - 3600},
        {"exp": None},
        {"sub": None},
    ],
    ids=str,
)
def test_a_token_for_somebody_or_something_else_lets_nobody_in(
    app: FastAPI, provider: Provider, lies: dict[str, Any]
) -> None:
    provider.lies = lies
    client = browser(app)
    answer = sign_in(client)
    assert answer.status_code == 403, answer.text
    assert "cannot be trusted" in answer.text
    assert client.get("/settings").status_code == 303
    assert stored(app) == []


def test_a_token_signed_by_another_key_lets_nobody_in(app: FastAPI, provider: Provider) -> None:
    provider.key = RSAKey.generate_key(2048, {"kid": "one"})
    assert sign_in(browser(app)).status_code == 403


def test_the_provider_may_change_its_key(app: FastAPI, provider: Provider) -> None:
    assert sign_in(browser(app)).status_code == 303
    provider.key = provider.published = RSAKey.generate_key(2048, {"kid": "two"})
    assert sign_in(browser(app)).status_code == 303


def test_a_key_that_the_provider_took_back_is_not_trusted_for_long(app: FastAPI, provider: Provider) -> None:
    app.state.single_sign_on = SingleSignOn(app.state.desk.settings, kept_s=0)
    assert sign_in(browser(app)).status_code == 303
    provider.published = RSAKey.generate_key(2048, {"kid": "two"})
    assert sign_in(browser(app)).status_code == 403


def test_an_answer_of_another_provider_lets_nobody_in(app: FastAPI) -> None:
    client = browser(app)
    back = leave(client)
    assert client.get(back + "&iss=https%3A%2F%2Fevil.example").status_code == 403


def test_an_answer_works_once_and_in_the_browser_that_asked(app: FastAPI) -> None:
    asked, other = browser(app), browser(app)
    back = leave(asked)
    assert other.get(back).status_code == 403
    leave(other)
    assert "belongs to another sign-in" in other.get(back).text
    again = dict(asked.cookies)
    assert asked.get(back).status_code == 303
    repeated = browser(app)
    repeated.cookies.update(again)
    assert repeated.get(back).status_code == 403


def test_a_provider_that_refuses_or_calls_itself_otherwise_lets_nobody_in(app: FastAPI, provider: Provider) -> None:
    client = browser(app)
    state = dict(part.split("=") for part in urlsplit(leave(client)).query.split("&"))["state"]
    refused = client.get("/sign-in/provider/back", params={"state": state, "error": "access_denied"})
    assert refused.status_code == 403
    assert "did not let you in" in refused.text


def test_a_provider_that_is_another_than_was_set_is_not_asked(provider: Provider, tmp_path: Path) -> None:
    provider.metadata = {"issuer": "https://evil.example"}
    app = make_app(desk_in(tmp_path, settings=settings(oidc_issuer=provider.issuer)))
    answer = browser(app).get("/sign-in/provider")
    assert answer.status_code == 403
    assert "calls itself" in answer.text


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
@pytest.mark.parametrize("offered", [["RS256"], ["RS256", "HS256", "none"], ["HS256", "none"], [], None], ids=str)
def test_a_token_that_anybody_could_have_signed_lets_nobody_in(
    provider: Provider, tmp_path: Path, algorithm: str, offered: list[str] | None
) -> None:
    provider.algorithm = algorithm
    provider.metadata = {"id_token_signing_alg_values_supported": offered}
    app = make_app(desk_in(tmp_path, settings=settings(oidc_issuer=provider.issuer)))
    client = browser(app)
    assert client.get("/sign-in/provider").status_code == 403 or sign_in(client).status_code == 403
    assert stored(app) == []


def test_a_provider_that_is_down_is_told_of_and_passwords_still_work(provider: Provider, tmp_path: Path) -> None:
    with serving() as gone:
        issuer = gone.issuer
    app = make_app(desk_in(tmp_path, settings=settings(oidc_issuer=issuer)))
    client = browser(app)
    answer = client.get("/sign-in/provider")
    assert answer.status_code == 502
    assert "does not answer" in answer.text
    assert client.get("/sign-in").status_code == 200


def test_without_settings_there_is_no_single_sign_on(tmp_path: Path) -> None:
    client = browser(make_app(desk_in(tmp_path)))
    assert "single sign-on" not in client.get("/sign-in").text
    assert client.get("/sign-in/provider").status_code == 404


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"oidc_issuer": "http://id.example.com"}, "begins with https://"),
        ({"oidc_client_secret": None}, "MODERATION_DESK_OIDC_CLIENT_SECRET"),
        ({"oidc_roles": None}, "nobody could come in"),
        ({"oidc_roles": "mods=king"}, "'mods=king' is not VALUE=ROLE"),
        ({"oidc_roles": "mods"}, "'mods' is not VALUE=ROLE"),
    ],
)
def test_settings_that_cannot_work_stop_the_start(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        make_app(desk_in(tmp_path, settings=settings(**{"oidc_issuer": "https://id.example.com", **changes})))
