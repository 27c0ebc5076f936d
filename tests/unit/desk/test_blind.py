"""Who answers items learns from no page what others answered, or that an item is a test, while they may be asked."""

import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select

from moderation.desk.app import make_app
from moderation.desk.desk import Desk
from moderation.events import Decision
from moderation.review.quality import gold
from moderation.review.rules import parse
from moderation.review.tables import Item, Task
from tests.unit.desk.desks import account_of, browser, desk_in
from tests.unit.review import rows
from tests.unit.review.quality.waiting import ONCE, answered, claimed, kept

ALWAYS = parse("quality: {second: {share: 1}}", "rules")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return desk_in(tmp_path, rules=ALWAYS)


@pytest.fixture
def app(desk: Desk) -> FastAPI:
    return make_app(desk)


def removed(desk: Desk, rules: object = ALWAYS) -> None:
    """Kim has removed two posts that look alike, and the platform acted on both."""
    kim = account_of(desk, "reviewer", login="kim")
    with desk.database.session() as session:
        answer = answered(session, claimed(session, kim, 1, 2), kim, "remove", rules)  # type: ignore[arg-type]
        for number in (1, 2):
            record = Decision(
                decision_id=f"human-{number}", post_id=f"post-{number}", author_id="anna", stage="human",
                action="remove", reasons=("hate",),
            )  # fmt: skip
            fields = {"decision_id": f"human-{number}", "author_id": "anna", "verdict_id": answer.verdict_id}
            stored = record.model_dump(mode="json")
            session.add(rows.decision(number, action="remove", stage="human", record=stored, **fields))


def told(client: TestClient, path: str) -> str:
    """The words of what a page shows."""
    page = client.get(path)
    assert page.status_code == 200, path
    return words(page.text)


def words(page: str) -> str:
    """The words of a page, without the fields of its forms."""
    main = re.sub(r"<form.*?</form>", " ", page.partition("<main")[2], flags=re.DOTALL)
    return re.sub(r"<[^>]+>", " ", main)


SEARCHES = ("/search?id=review-1", "/search?in=decisions&id=anna", "/search?in=answers&id=post-2",
            "/search?id=post-1", "/search?id=post-2", "/search?id=anna",
            "/search?in=answers", "/search?in=answers&reviewer=kim", "/search?in=decisions&stage=human",
            "/search?in=items&status=decided",
            "/search?in=decisions&id=human-1", "/items/review-1", "/queues/default")  # fmt: skip


def test_a_second_look_stays_blind_on_every_page_until_it_is_given(desk: Desk, app: FastAPI) -> None:
    removed(desk)
    lou, kim, lead = (browser(app, "reviewer", login="lou"), browser(app, login="kim"), browser(app, "lead"))
    for path in SEARCHES:
        assert "remove" not in told(lou, path), path
    for path in ("/items/review-1", "/search?id=review-1"):
        assert not re.search(r">\s*decided\s*<", lou.get(path).text), path
    assert "remove" in told(kim, "/work"), "their own"
    assert "remove" in told(kim, "/search?id=post-1"), "their own"
    assert "remove" in told(lead, "/search?in=decisions&id=human-1")
    with desk.database.session() as session:
        session.scalars(select(Task).where(Task.kind == "second")).one().status = "done"
    assert "remove" in told(lou, "/search?id=review-1")
    assert re.search(r">\s*decided\s*<", lou.get("/items/review-1").text)


def test_the_answer_of_what_a_test_was_copied_from_is_not_found(desk: Desk, app: FastAPI) -> None:
    removed(desk, ONCE)
    lou = browser(app, "reviewer", login="lou")
    assert "remove" in told(lou, "/search?id=review-1")
    lead = account_of(desk, "lead")
    with desk.database.session() as session:
        gold.make(session, session.get_one(Item, "review-1"), lead, ONCE, now=desk.now())
    for path in SEARCHES:
        page = lou.get(path)
        assert (page.status_code, "remove" in words(page.text)) == (404 if path == "/items/review-1" else 200, False)
    assert "remove" in told(browser(app, "reviewer", login="kim"), "/items/review-1"), "who answered it, as ever"
    assert browser(app, "policy author").get("/items/review-1").status_code == 200, "who is asked nothing"


def test_who_is_asked_a_test_opens_and_finds_it_like_any_other_item(desk: Desk, app: FastAPI) -> None:
    lou = account_of(desk, "reviewer", login="lou")
    with desk.database.session() as session:
        session.add(kept(session, 1, status="gold"))
        session.add(kept(session, 2))
        held = {"status": "claimed", "account_id": lou.account_id, "lease_until": rows.NOW.replace(hour=13)}
        session.add_all(
            [
                rows.task(1, kind="gold", assigned_to=lou.account_id, claimed_at=rows.NOW, **held),
                rows.task(2, claimed_at=rows.NOW, **held),
            ]
        )
        session.get_one(Item, "review-2").task_id = 2
    client = browser(app, login="lou")
    seen = []
    for number in (1, 2):
        for path in (f"/items/review-{number}", f"/search?id=review-{number}", f"/search?id=post-{number}"):
            seen.append(re.sub(rf"(?<=-){number}\b", "N", told(client, path)))
            assert "known answer" not in seen[-1]
    for test, other in zip(seen[:3], seen[3:], strict=True):
        assert ("open" in test) == ("open" in other) is True
    assert browser(app, "reviewer", login="sam").get("/items/review-1").status_code == 404
    assert "review-1" not in told(browser(app, login="sam"), "/search?in=items")
