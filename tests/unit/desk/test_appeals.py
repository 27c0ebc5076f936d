"""Appeals by programs, and the page where they wait."""

from pathlib import Path

import pytest
from fastapi import FastAPI

from moderation.desk.app import make_app
from moderation.desk.desk import Desk
from moderation.events import Decision
from moderation.review.tables import AuditEntry
from tests.unit.desk.desks import account_of, browser, csrf_of, desk_in, program
from tests.unit.review import rows
from tests.unit.review.quality.waiting import ONCE, answered, claimed, hold, the_task

_FILED = {"decision_id": "decision-1", "statement": "It was <b>a quotation</b>."}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return desk_in(tmp_path)


@pytest.fixture
def app(desk: Desk) -> FastAPI:
    return make_app(desk)


def removed(desk: Desk) -> None:
    """Kim has removed a post, and the platform acted on it."""
    kim = account_of(desk, "reviewer", login="kim")
    with desk.database.session() as session:
        answered(session, claimed(session, kim, 1), kim, "remove", ONCE)
        decision = Decision(
            decision_id="decision-1", post_id="post-1", author_id="author-1", stage="human", action="remove"
        )
        session.add(rows.decision(1, action="remove", record=decision.model_dump(mode="json")))


def test_a_program_files_an_appeal_once_and_asks_how_it_stands(desk: Desk, app: FastAPI) -> None:
    removed(desk)
    platform = program(app, "platform")
    filed = platform.post("/api/v1/appeals", json=_FILED)
    assert filed.status_code == 201
    appeal = filed.json()
    assert (appeal["status"], appeal["post_id"], appeal["action"]) == ("open", "post-1", None)
    again = platform.post("/api/v1/appeals", json={**_FILED, "statement": "another"})
    assert (again.status_code, again.json()["appeal_id"]) == (200, appeal["appeal_id"])

    lee = account_of(desk, "reviewer", login="lee")
    with desk.database.session() as session:
        answered(session, hold(session, the_task(session, "appeal"), lee), lee, "allow", ONCE)
    told = platform.get(f"/api/v1/appeals/{appeal['appeal_id']}").json()
    assert (told["status"], told["action"], told["reasons"]) == ("overturned", "allow", [])
    assert told["verdict_id"]
    with desk.database.session() as session:
        actors = [entry.actor for entry in session.query(AuditEntry).filter(AuditEntry.did == "appeal.filed")]
        assert actors == ["token:1"]


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"decision_id": "nothing", "statement": "why"}, 404, "No decision nothing is known here"),
        ({"decision_id": "decision-1"}, 422, "statement"),
        ({**_FILED, "unknown": 1}, 422, "unknown"),
        ({**_FILED, "statement": ""}, 400, "needs the author's statement"),
    ],
)
def test_what_cannot_be_appealed_is_told_as_json(
    desk: Desk, app: FastAPI, body: dict[str, object], status: int, said: str
) -> None:
    removed(desk)
    answer = program(app, "platform").post("/api/v1/appeals", json=body)
    assert answer.status_code == status
    assert said in answer.json()["error"]


def test_only_programs_of_the_platform_file_appeals(app: FastAPI) -> None:
    assert program(app, "auditor").post("/api/v1/appeals", json=_FILED).status_code == 403
    assert browser(app, "reviewer").post("/api/v1/appeals", json=_FILED).status_code == 401
    assert program(app, "platform").get("/api/v1/appeals/none").status_code == 404


def test_who_answered_before_cannot_take_the_appeal_and_another_can(desk: Desk, app: FastAPI) -> None:
    removed(desk)
    program(app, "platform").post("/api/v1/appeals", json=_FILED)
    with desk.database.session() as session:
        number = the_task(session, "appeal").task_id
    task = desk.numbers.written(number)
    kim = browser(app, "reviewer", login="kim")
    assert "you answered before" in kim.get("/appeals").text
    assert kim.post(f"/tasks/{task}/claim", data={"csrf": csrf_of(kim)}).status_code == 403
    sam = browser(app, "reviewer", login="sam")
    assert "Take it" not in sam.get("/appeals").text
    assert sam.post(f"/tasks/{task}/claim", data={"csrf": csrf_of(sam)}).status_code == 403
    lee = browser(app, "lead", login="lee")
    assert "Take it" in lee.get("/appeals").text
    lee.post(f"/tasks/{task}/claim", data={"csrf": csrf_of(lee)})
    shown = lee.get(f"/tasks/{task}").text
    assert "The author appeals" in shown
    assert "a quotation" in shown
    assert "<b>a quotation" not in shown
    assert "Go on" in lee.get("/appeals").text
    assert "somebody looks at it" in browser(app, "lead", login="max").get("/appeals").text


def test_decided_appeals_are_listed_with_their_outcome(desk: Desk, app: FastAPI) -> None:
    removed(desk)
    program(app, "platform").post("/api/v1/appeals", json=_FILED)
    lee = account_of(desk, "reviewer", login="lee")
    with desk.database.session() as session:
        answered(session, hold(session, the_task(session, "appeal"), lee), lee, "label", ONCE)
    auditor = browser(app, "auditor")
    assert "No appeal waits" in auditor.get("/appeals").text
    page = auditor.get("/appeals?closed=true").text
    assert "overturned" in page
    assert "Of 1 decided, 1 were overturned." in page
