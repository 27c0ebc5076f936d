"""The pages of quality and of gold items: figures for leads, one's own for reviewers."""

import json
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlalchemy import select

from moderation.desk.app import make_app
from moderation.desk.desk import Desk
from moderation.review import claims
from moderation.review.quality import gold
from moderation.review.tables import Account, Gold, Item
from tests.unit.desk.desks import account_of, browser, csrf_of, desk_in
from tests.unit.desk.items import hateful, seen_in, taken_in
from tests.unit.review.quality.waiting import ONCE, answered, claimed, hold, looked_at_twice, the_task


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return desk_in(tmp_path)


@pytest.fixture
def app(desk: Desk) -> FastAPI:
    return make_app(desk)


def two_disagree(desk: Desk) -> tuple[Account, Account]:
    """Kim removed, Lee would allow."""
    kim, lee = account_of(desk, "reviewer", login="kim"), account_of(desk, "reviewer", login="lee")
    rules = looked_at_twice()
    with desk.database.session() as session:
        answered(session, claimed(session, kim, 2), kim, "remove", ONCE)
        answered(session, claimed(session, kim, 1), kim, "remove", rules)
        answered(session, hold(session, the_task(session, "second"), lee), lee, "allow", rules)
    return kim, lee


def test_a_lead_sees_everybody_and_what_waits_for_a_third_person(desk: Desk, app: FastAPI) -> None:
    two_disagree(desk)
    page = browser(app, "lead").get("/quality").text
    for words in ("Two disagree, a third decides", ">Kim<", ">Lee<", "0 of 1", "Decide</button>", "default"):
        assert words in page


def test_where_no_audited_post_has_an_answer_yet_that_is_what_is_said(desk: Desk, app: FastAPI) -> None:
    taken_in(desk, hateful(desk, 1))
    kim = browser(app, "reviewer", login="kim")
    task = kim.post("/next", data={"csrf": csrf_of(kim)}).headers["location"]
    given = {"csrf": csrf_of(kim), "action": "remove", "reasons": "hate", **seen_in(kim.get(task).text)}
    assert kim.post(f"{task}/answer", data=given).status_code == 303
    page = browser(app, "lead").get("/quality").text
    assert "No post that a random audit picked has an answer yet" in page
    assert "Give the policy an audit section" not in page


def test_a_lead_takes_a_disagreement_from_the_list(desk: Desk, app: FastAPI) -> None:
    two_disagree(desk)
    with desk.database.session() as session:
        task = the_task(session, "adjudication")
    lead = browser(app, "lead")
    address = f"/tasks/{desk.numbers.written(task.task_id)}"
    taken = lead.post(f"{address}/claim", data={"csrf": csrf_of(lead)})
    assert (taken.status_code, taken.headers["location"]) == (303, address)
    assert "Two answers, and yours decides" in lead.get(taken.headers["location"]).text
    account = account_of(desk, "lead")
    with desk.database.session() as session:
        assert len(claims.held(session, account, now=desk.now())) == 1


def test_a_reviewer_sees_only_their_own_figures(desk: Desk, app: FastAPI) -> None:
    two_disagree(desk)
    reviewer = browser(app, "reviewer", login="kim")
    assert reviewer.get("/quality").status_code == 403
    page = reviewer.get("/quality/mine")
    assert page.status_code == 200
    assert "0 of 1" in page.text
    assert "Lee" not in page.text


def test_pages_without_anything_answered_say_so(app: FastAPI) -> None:
    lead = browser(app, "lead")
    page = lead.get("/quality?days=nonsense").text
    for words in (
        "No disagreement waits",
        "Nothing was answered in this time",
        "No post of this time has an answer yet",
    ):
        assert words in page
    assert "No gold items yet" in lead.get("/quality/gold").text
    assert lead.get("/quality/mine").status_code == 200


def test_an_answered_item_becomes_gold_and_is_retired(desk: Desk, app: FastAPI) -> None:
    kim = account_of(desk, "reviewer", login="kim")
    with desk.database.session() as session:
        answered(session, claimed(session, kim, 1), kim, "remove", ONCE)
    lead = browser(app, "lead")
    assert "Make gold" in lead.get("/items/review-1").text
    csrf = csrf_of(lead)
    made = lead.post("/quality/gold", data={"csrf": csrf, "review_id": "review-1", "explanation": "<b>a slur</b>"})
    assert made.status_code == 303
    page = lead.get("/quality/gold").text
    assert "&lt;b&gt;a slur&lt;/b&gt;" in page
    with desk.database.session() as session:
        review_id = session.scalars(select(Gold.review_id)).one()
    assert lead.post(f"/quality/gold/{review_id}/retire", data={"csrf": csrf}).status_code == 303
    assert "retired" in lead.get("/quality/gold").text
    assert lead.post("/quality/gold", data={"csrf": csrf, "review_id": "review-1"}).status_code == 409


def test_a_gold_copy_is_not_found_as_such_by_reviewers(desk: Desk, app: FastAPI) -> None:
    kim, lead = account_of(desk, "reviewer", login="kim"), account_of(desk, "lead")
    with desk.database.session() as session:
        answered(session, claimed(session, kim, 1), kim, "remove", ONCE)
        copy = gold.make(session, session.get_one(Item, "review-1"), lead, ONCE, now=desk.now()).review_id
    assert browser(app, "reviewer", login="kim").get(f"/items/{copy}").status_code == 404
    assert browser(app, "lead").get(f"/items/{copy}").status_code == 200


def test_gold_is_imported_from_a_file_or_its_line_is_named(desk: Desk, app: FastAPI) -> None:
    lead = browser(app, "lead")
    line = json.dumps({"post": {"post_id": "p-1", "text": "hello"}, "action": "allow"})
    data = {"csrf": csrf_of(lead)}
    done = lead.post("/quality/gold/import", data=data, files={"file": ("gold.jsonl", line.encode())})
    assert done.status_code == 303
    bad = lead.post("/quality/gold/import", data=data, files={"file": ("gold.jsonl", b'{"post": 1}')})
    assert "Line 1: " in lead.get(bad.headers["location"]).text
    binary = lead.post("/quality/gold/import", data=data, files={"file": ("gold.jsonl", b"\xff\xfe")})
    assert "no text in UTF-8" in lead.get(binary.headers["location"]).text
    with desk.database.session() as session:
        assert len(session.scalars(select(Gold)).all()) == 1
