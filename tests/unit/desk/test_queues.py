"""The pages of queues, own work and search."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from moderation.desk.desk import Desk
from moderation.review import claims
from moderation.review.routing import Queue
from moderation.review.rules import DeskRules
from moderation.review.tables import AuditEntry, Base, Exposure, Gold, Item, Task, TaskExclusion
from tests.unit.desk.desks import NOW, account_of, app_in, browser, csrf_of
from tests.unit.review.rows import ago, answer, decision, item, task

HOSTILE = '<script>alert("x")</script>\u202e'


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    rules = DeskRules(queues={"hate": Queue(description="What may hurt people."), "quiet": Queue(skill="law")})
    return app_in(tmp_path, rules=rules)


def put(app: FastAPI, *rows: Base) -> None:
    desk: Desk = app.state.desk
    with desk.database.session() as session:
        for row in rows:
            session.add(row)
            session.flush()


def words(page: str) -> str:
    """The text of a page, without tags."""
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


def test_the_overview_shows_every_queue_also_those_where_nothing_waits(app: FastAPI) -> None:
    put(app, task(1, queue="hate", due_at=ago(minutes=1)), task(2, queue=HOSTILE))
    page = browser(app, "reviewer").get("/queues").text
    assert "What may hurt people." in page
    assert "quiet" in page
    assert "&lt;script&gt;alert" in page
    assert "<script>alert" not in page
    assert "\u202e" not in page


def test_htmx_gets_only_what_changes(app: FastAPI) -> None:
    page = browser(app, "reviewer").get("/queues", headers={"HX-Request": "true"}).text
    assert "<html" not in page
    assert "At work now" in page


def test_a_queue_shows_why_a_task_is_urgent_and_leads_what_they_may_do(app: FastAPI) -> None:
    put(app, task(1, queue="hate", terms={"harm": {"factor": 4.0, "why": "hate"}}))
    read = words(browser(app, "auditor").get("/queues/hate").text)
    assert "harm × 4 hate" in read
    assert "age × 1" in read
    assert "Give the chosen" not in read
    assert "Give the chosen" in browser(app, "lead").get("/queues/hate").text
    told = words(browser(app, "reviewer").get("/queues/hate").text)
    assert "1 to do, the oldest for 1 min" in told
    assert "harm" not in told
    assert "Nothing is to do here." in words(browser(app, "reviewer").get("/queues/quiet").text)


@pytest.mark.parametrize("role", ["reviewer", "lead"])
def test_a_queue_that_nobody_knows_is_not_there(app: FastAPI, role: str) -> None:
    put(app, task(1, queue="unnamed"))
    client = browser(app, role)
    found = [client.get(f"/queues/{name}").status_code for name in ("unnamed", "default", "quiet", "nope")]
    assert found == [200, 200, 200, 404]


def test_a_lead_gives_tasks_to_a_person_and_moves_them(app: FastAPI) -> None:
    put(app, item(1, queue="hate", task_id=None), task(1, queue="hate"))
    desk: Desk = app.state.desk
    kim = account_of(desk, "reviewer", login="kim")
    lead = browser(app, "lead")
    form = {"csrf": csrf_of(lead), "tasks": ["1"], "account": str(kim.account_id)}
    assert lead.post("/queues/hate/give", data=form).headers["location"] == "/queues/hate"
    assert "for Kim" in words(lead.get("/queues/hate").text)
    with desk.database.session() as session:
        session.get_one(Item, "review-1").task_id = 1
    form = {"csrf": csrf_of(lead), "tasks": ["1"], "to": "quiet"}
    assert lead.post("/queues/hate/move", data=form).status_code == 303
    with desk.database.session() as session:
        moved = session.get_one(Task, 1)
        assert (moved.queue, moved.assigned_to) == ("quiet", kim.account_id)
        assert session.get_one(Item, "review-1").queue == "quiet"
        told = [(entry.did, entry.subject) for entry in session.query(AuditEntry).order_by(AuditEntry.number)]
    assert told[-2:] == [("task.reassigned", "task:1"), ("task.moved", "task:1")]


@pytest.mark.parametrize(
    ("path", "form", "message"),
    [
        ("give", {"account": "1"}, "Choose at least one task."),
        ("give", {"tasks": "1", "account": "999"}, "Choose a person"),
        ("give", {"tasks": "1", "account": ""}, "Choose a person"),
        ("move", {"tasks": "1", "to": ""}, "Choose the queue"),
        ("move", {"tasks": "1", "to": "nowhere"}, "Choose the queue"),
        ("move", {"tasks": ["1", "77"], "to": "quiet"}, "There is no such task."),
        ("move", {"tasks": "1", "to": "appeals"}, "Left out: review-1 in hate: only appeals wait in appeals."),
        ("move", {"tasks": "2", "to": "quiet"}, "Nothing was moved. Left out: review-2 in hate: somebody is"),
        ("move", {"tasks": "3", "to": "quiet"}, "review-3 in hate: it has been answered"),
    ],
)
def test_what_cannot_be_done_is_said_on_the_page_where_the_chosen_are_still_ticked(
    app: FastAPI, path: str, form: dict[str, str], message: str
) -> None:
    lead = account_of(app.state.desk, "lead")
    put(
        app,
        task(1, queue="hate"),
        task(2, queue="hate", status="claimed", account_id=lead.account_id, lease_until=NOW + timedelta(minutes=5)),
        task(3, queue="hate", status="done"),
        task(4, queue="appeals", kind="appeal"),
    )
    client = browser(app, "lead")
    assert "checked" not in client.get("/queues/hate").text
    answered = client.post(f"/queues/hate/{path}", data={"csrf": csrf_of(client), **form})
    assert answered.status_code == 303
    page = client.get(answered.headers["location"]).text
    assert message in words(page)
    assert "toast-bad" in page
    ticked = re.findall(r'value="(\d)" checked', page)
    assert ticked == [number for number in form.get("tasks", ()) if number == "1"]
    assert "toast-bad" not in client.get("/queues/hate").text


def test_what_cannot_be_moved_is_left_out_by_its_name_while_the_others_are(app: FastAPI) -> None:
    desk: Desk = app.state.desk
    kim = account_of(desk, "reviewer", login="kim")
    put(app, *(row for number in (1, 2) for row in (item(number, queue="hate"), task(number, queue="hate"))))
    with desk.database.session() as session:
        claims.take(session, 2, kim, desk.rules, now=desk.now())
    lead = browser(app, "lead")
    moved = lead.post("/queues/hate/move", data={"csrf": csrf_of(lead), "tasks": ["1", "2"], "to": "quiet"})
    told = words(lead.get(moved.headers["location"]).text)
    assert "1 task is in quiet now. Left out: review-2 in hate: somebody is answering it: give it to a person" in told
    with desk.database.session() as session:
        assert [session.get_one(Task, number).queue for number in (1, 2)] == ["quiet", "hate"]


def test_only_appeals_can_be_moved_to_where_appeals_wait(app: FastAPI) -> None:
    put(app, task(1, queue="hate"), task(2, queue="appeals", kind="appeal"))
    lead = browser(app, "lead")
    assert '<option value="appeals"' not in lead.get("/queues/hate").text
    form = {"csrf": csrf_of(lead), "tasks": "2"}
    assert lead.post("/queues/appeals/move", data={**form, "to": "hate"}).headers["location"] == "/queues/appeals"
    assert '<option value="appeals"' not in lead.get("/queues/quiet").text
    put(app, task(3, queue="appeals", kind="appeal"))
    assert '<option value="appeals"' in lead.get("/queues/hate").text
    lead.post("/queues/hate/move", data={**form, "to": "appeals"})
    with app.state.desk.database.session() as session:
        assert session.get_one(Task, 2).queue == "appeals"


def test_a_page_further_down_comes_again_after_something_was_done_on_it(app: FastAPI) -> None:
    put(app, *(task(number, queue="hate", rank=float(-number)) for number in range(1, 53)))
    lead = browser(app, "lead")
    address = re.search(r'href="(/queues/hate\?after=[^"]+)"', lead.get("/queues/hate").text)
    assert address is not None
    (after,) = re.findall(r'name="after" value="([^"]+)"', lead.get(address[1]).text)
    form = {"csrf": csrf_of(lead), "tasks": "51", "after": after}
    assert lead.post("/queues/hate/move", data={**form, "to": "quiet"}).headers["location"] == address[1]
    assert "&chosen=51" in lead.post("/queues/hate/move", data=form).headers["location"]


def test_what_nobody_left_may_take_is_told_and_a_lead_gives_it_to_who_skipped_it(app: FastAPI) -> None:
    desk: Desk = app.state.desk
    kim, lead = account_of(desk, "reviewer", login="kim"), account_of(desk, "lead")
    put(
        app,
        item(1, queue="hate"),
        task(1, queue="hate"),
        *(
            TaskExclusion(task_id=1, account_id=one.account_id, why=f"skipped: {HOSTILE}, says {one.login}")
            for one in (kim, lead)
        ),
    )
    admin, client = browser(app, "admin"), browser(app, "lead")
    for partial in ({}, {"HX-Request": "true"}):
        assert "1 item waits that nobody left may take" in words(client.get("/queues", headers=partial).text)
    assert "nobody left" in admin.get("/queues").text
    assert "/stranded" not in admin.get("/queues").text
    assert "nobody left" not in browser(app, login="kim").get("/queues").text
    page = client.get("/stranded").text
    assert f"{kim.name} skipped: " in words(page)
    assert "<script>alert" not in page
    form = {"csrf": csrf_of(client), "tasks": "1", "account": str(kim.account_id)}
    assert client.post("/stranded", data=form).headers["location"] == "/stranded"
    read = words(client.get("/stranded").text)
    assert "Given to Kim." in read
    assert "Every item has somebody who may take it" in read
    with desk.database.session() as session:
        assert session.get_one(Task, 1).assigned_to == kim.account_id
        assert session.get(TaskExclusion, (1, kim.account_id)) is None
    for missing, said in (({"tasks": ""}, "Choose at least"), ({"account": "99"}, "Choose a person")):
        answered = client.post("/stranded", data={key: value for key, value in {**form, **missing}.items() if value})
        assert said in client.get(answered.headers["location"]).text
    assert admin.get("/stranded").status_code == 403


@pytest.mark.parametrize("path", ["/queues/hate/give", "/stranded"])
def test_what_somebody_has_claimed_since_the_page_was_shown_is_left_out(app: FastAPI, path: str) -> None:
    desk: Desk = app.state.desk
    kim, lee = (account_of(desk, "reviewer", login=login) for login in ("kim", "lee"))
    put(app, *(row for number in (1, 2, 3) for row in (item(number, queue="hate"), task(number, queue="hate"))))
    lead = browser(app, "lead")
    form = {"csrf": csrf_of(lead), "account": str(kim.account_id)}
    with desk.database.session() as session:
        claims.take(session, 2, lee, desk.rules, now=desk.now())
    given = lead.post(path, data={**form, "tasks": ["1", "2", "3"]})
    assert given.status_code == 303
    told = words(lead.get(given.headers["location"]).text)
    assert "1 was left out: somebody has begun on it by now." in told
    assert path == "/stranded" or "2 tasks are for Kim now." in told
    refused = lead.post(path, data={**form, "tasks": ["2"]})
    page = lead.get(refused.headers["location"]).text
    assert "Somebody has begun on all that was chosen" in page
    assert "checked" not in page, "or who sends it again takes it away"
    with desk.database.session() as session:
        assert [session.get_one(Task, number).assigned_to for number in (1, 2, 3)] == [
            kim.account_id, None, kim.account_id,
        ]  # fmt: skip
        assert session.get_one(Task, 2).account_id == lee.account_id


def test_what_the_page_shows_as_claimed_a_lead_takes_from_who_has_it(app: FastAPI) -> None:
    desk: Desk = app.state.desk
    kim, lee = (account_of(desk, "reviewer", login=login) for login in ("kim", "lee"))
    put(app, item(1, queue="hate"), task(1, queue="hate"))
    with desk.database.session() as session:
        claims.take(session, 1, lee, desk.rules, now=desk.now())
    lead = browser(app, "lead")
    (box,) = re.findall(r'name="(\w+)" value="1" aria-label', lead.get("/queues/hate").text)
    form = {"csrf": csrf_of(lead), box: "1"}
    refused = lead.post("/queues/hate/move", data={**form, "to": "quiet"})
    assert "somebody is answering it" in lead.get(refused.headers["location"]).text
    assert lead.post("/queues/hate/give", data={**form, "account": str(kim.account_id)}).status_code == 303
    with desk.database.session() as session:
        found = session.get_one(Task, 1)
        assert (found.status, found.account_id, found.assigned_to) == ("open", None, kim.account_id)


def test_reviewers_may_not_move_work(app: FastAPI) -> None:
    put(app, task(1, queue="hate"))
    client = browser(app, "reviewer")
    assert (
        client.post("/queues/hate/move", data={"csrf": csrf_of(client), "tasks": "1", "to": "quiet"}).status_code == 403
    )


def test_which_items_have_a_known_answer_is_hidden_from_who_answers_them(app: FastAPI) -> None:
    put(app, task(1, queue="hate", kind="gold", head="golden"), item(7, review_id="golden", status="gold"))
    reviewer, lead = browser(app, "reviewer"), browser(app, "lead")
    for path in ("/queues/hate", "/search", "/search?id=post-7"):
        assert "golden" not in reviewer.get(path).text
        assert "golden" in lead.get(path).text


def own_answers(app: FastAPI) -> TestClient:
    desk: Desk = app.state.desk
    kim = account_of(desk, "reviewer", login="kim")
    lou = account_of(desk, "reviewer", login="lou")
    put(
        app,
        *(row for number in (1, 2, 3) for row in (item(number), task(number, status="done"))),
        answer(1, kim.account_id, kind="gold"),
        answer(2, kim.account_id, action="allow", seconds=42.0),
        answer(3, lou.account_id, action="restrict"),
        Gold(review_id="review-1", action="label", reasons=[], explanation="Satire.", made_at=NOW),
        Exposure(account_id=kim.account_id, task_id=1, weight=30.0, at=ago(minutes=5)),
    )
    with desk.database.session() as session:
        session.get_one(Item, "review-2").answer_id = 2
    return browser(app, login="kim")


def test_own_work_tells_what_came_of_answers_and_how_much_was_seen(app: FastAPI) -> None:
    page = words(own_answers(app).get("/work").text)
    for part in ("2 answered today", "a test: label", "Satire.", "in force", "42 s", "30 of 120", "You hold no item."):
        assert part in page, part
    assert "restrict" not in page


def test_answers_of_others_are_found_by_their_name(app: FastAPI) -> None:
    own_answers(app)
    lead = browser(app, "lead")
    page = words(lead.get("/search?in=answers&reviewer=lou").text)
    assert "review-3 restrict hate Lou" in page
    assert "review-2" not in page


def test_an_id_alone_is_looked_up_everywhere(app: FastAPI) -> None:
    own_answers(app)
    put(app, decision(1, action="restrict"))
    page = words(browser(app, "lead").get("/search?id=post-1").text)
    for part in ("Items review-1", "Answers review-1", "Decisions decision-1 restrict"):
        assert re.search(part.replace(" ", r"\b.*\b"), page), part


def test_what_an_id_holds_cannot_act_on_the_page(app: FastAPI) -> None:
    put(app, item(1, post_id=HOSTILE, author_id='" onmouseover="x', queue="hate"))
    page = browser(app, "lead").get("/search").text
    assert "<script>alert" not in page
    assert '" onmouseover="x' not in page
    assert "&lt;U+202E&gt;" in page


def test_pages_of_a_search_keep_its_filters(app: FastAPI) -> None:
    put(app, *(item(number, queue="hate") for number in range(60)), *(item(99 + number) for number in range(9)))
    client = browser(app, "lead")
    first = client.get("/search?in=items&queue=hate&language=en").text
    address = re.search(r'href="(/search\?[^"]*after=[^"]*)"', first)
    assert address is not None
    second = client.get(address[1].replace("&amp;", "&")).text
    rows = re.findall(r'href="/items/(review-\d+)"', first + second)
    assert rows == [f"review-{number}" for number in range(60)]


@pytest.mark.parametrize("query", ["from=2026-13-01", "to=yesterday", "from=99999-01-01", "after=x", "to=9999-12-31"])
def test_what_cannot_be_read_in_an_address_is_said(app: FastAPI, query: str) -> None:
    answered = browser(app, "lead").get(f"/search?in=items&{query}")
    assert answered.status_code == 400
    assert "is no" in answered.text
