"""What is told of requests that are not as they should be."""

from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from moderation.review.database import Database
from tests.unit.desk.desks import app_in, browser, csrf_of, program

APPEALS = "/api/v1/appeals"


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    return app_in(tmp_path)


@pytest.fixture
def platform(app: FastAPI) -> TestClient:
    return program(app, "platform")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'{"decision_id": "1",', "it is no JSON: "),
        (b"[1]", "it is no JSON object sent as application/json."),
        (b"", "it is empty."),
        (b"{}", "'decision_id' is missing"),
        (b'{"decision_id": 5}', "'decision_id' should be a valid string"),
        (b'{"decision_id": "1", "why": "x"}', "'why' is not known"),
    ],
)
def test_a_program_is_told_which_field_of_its_body_is_wrong_and_how(
    platform: TestClient, body: bytes, told: str
) -> None:
    answer = platform.post(APPEALS, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    message = answer.json()["error"]
    assert message.startswith("The JSON that was sent is not as it should be: ")
    assert told in message
    assert ": :" not in message


def test_a_body_of_another_type_is_told_apart(platform: TestClient) -> None:
    answer = platform.post(APPEALS, content=b'{"decision_id": "1"}', headers={"Content-Type": "text/plain"})
    assert answer.status_code == 422
    assert "it is no JSON object sent as application/json." in answer.json()["error"]


def test_a_person_is_told_which_field_of_a_form_is_wrong(app: FastAPI) -> None:
    kim = browser(app, "reviewer")
    page = kim.post("/settings", data={"csrf": csrf_of(kim), "theme": "pink", "languages": "x" * 1001})
    assert page.status_code == 422
    assert "What was filled in is not as it should be" in page.text
    assert "&#39;theme&#39; should be &#39;auto&#39;, &#39;light&#39; or &#39;dark&#39;" in page.text
    assert "&#39;languages&#39; should have at most 1000 characters" in page.text


def test_an_address_with_a_wrong_value_is_told_as_such(app: FastAPI) -> None:
    page = browser(app, "lead").get("/appeals?closed=perhaps")
    assert page.status_code == 422
    assert "The address is not as it should be: &#39;closed&#39; should be" in page.text


@pytest.mark.parametrize(
    "path", ["/items/%00", "/items/%00/media/0", "/items/%00/notices", "/notices/%00", "/queues/%00", "/search?id=%00",
             "/search?in=answers&reviewer=%00", "/search?in=decisions&reason=%00", "/audit?subject=%00"],
)  # fmt: skip
def test_an_address_with_a_nul_is_no_fault_of_the_desk(tmp_path: Path, database: Database, path: str) -> None:
    auditor = browser(app_in(tmp_path, database=database), "auditor")
    assert auditor.get(path).status_code in (200, 404)


def test_a_program_without_a_token_or_at_a_wrong_address_is_told_so_as_a_program(
    app: FastAPI, platform: TestClient
) -> None:
    answer = browser(app).get("/api/v1/appeals/x")
    assert (answer.status_code, answer.json()["error"]) == (
        401,
        "Send a token of this desk as Authorization: Bearer TOKEN.",
    )
    for method, path, error in (
        ("GET", "/api/v1/appeals", "/api/v1/appeals takes no GET."),
        ("GET", "/api/v1/nothing", "There is nothing at /api/v1/nothing."),
    ):
        assert platform.request(method, path).json()["error"] == error
