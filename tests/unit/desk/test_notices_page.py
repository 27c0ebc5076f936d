"""What an author is told, as leads and auditors read it, and where it is found."""

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest
from fastapi import FastAPI

from moderation.review.tables import Appeal, Item
from tests.unit.desk.desks import app_in, browser, program
from tests.unit.desk.test_queues import words
from tests.unit.review.accounted import NOW, by_person, decided, item


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    """A desk on which a post is held, and then removed by a person; another post is only looked at."""
    app = app_in(tmp_path)
    with app.state.desk.database.session() as session:
        decided(session, "1", "hold", current=False)
        item(session, "1", verdict_id="verdict-1")
        by_person(session, "1", supersedes="decision-1")
        decided(session, "2", "review")
        item(session, "2", "open")
    return app


def test_a_notice_is_read_beside_what_is_known_of_its_decision(app: FastAPI) -> None:
    page = browser(app, "lead").get("/notices/decision-1").text
    read = words(page)
    assert "Your comment is held back: nobody can see it until a person has looked at it." in read
    assert "This decision has been replaced by a later one." in read
    assert "Hate: Attacks or dehumanises people" in read
    assert "decision_visibility DECISION_VISIBILITY_CONTENT_DISABLED" in read
    assert 'href="/items/review-1"' in page
    assert 'href="/search?id=post-1"' in page
    assert '<article class="card stack notice" lang="en"' in page


def test_a_notice_is_read_in_another_language(app: FastAPI) -> None:
    page = browser(app, "auditor").get("/notices/decision-1?language=es").text
    assert "Hemos retenido su comentario" in words(page)
    assert 'lang="es" dir="auto"' in page
    assert 'href="/notices/decision-1?language=es" lang="es" aria-current="true">Español</a>' in page


def test_who_asks_for_a_policy_that_may_take_long_keeps_nobody_from_the_database(tmp_path: Path) -> None:
    asked = []

    def policies(name: str) -> None:
        with closing(sqlite3.connect(tmp_path / "desk.db", timeout=0)) as other:
            other.execute("BEGIN IMMEDIATE")  # raises where a transaction is open
        asked.append(name)

    app = app_in(tmp_path, policies=policies)
    with app.state.desk.database.session() as session:
        decided(session, "1")
        item(session, "1")
    assert browser(app, "lead").get("/notices/decision-1").status_code == 200
    assert program(app, "platform").get("/api/v1/decisions/decision-1/notice").status_code == 200
    assert asked == ["abc", "abc"]


def test_there_is_no_page_of_what_restricts_nobody_or_is_not_known(app: FastAPI) -> None:
    lead = browser(app, "lead")
    assert "restricts nobody" in lead.get("/notices/decision-2").text
    for name in ("other", "decision-1/x", "%00"):
        assert lead.get(f"/notices/{name}").status_code == 404, name


def test_an_item_names_the_notices_of_its_post_and_an_open_one_none(app: FastAPI) -> None:
    lead = browser(app, "lead")
    assert 'hx-get="/items/review-1/notices"' in lead.get("/items/review-1").text
    piece = lead.get("/items/review-1/notices", headers={"HX-Request": "true"}).text
    assert piece.index("remove") < piece.index("hold")  # what is in force comes first
    assert piece.count('href="/notices/') == 2
    assert lead.get("/items/review-2/notices").text.strip() == ""


def test_search_and_appeals_lead_to_notices_and_only_who_may_see_them(app: FastAPI) -> None:
    with app.state.desk.database.session() as session:
        on = session.get_one(Item, "review-1")
        session.add(
            Appeal(
                appeal_id="1", decision_id="decision/1", post_id="post-1", author_id="ann", review_id=on.review_id,
                action="remove", reasons=[], filed_by="token:1", filed_at=NOW, task_id=on.task_id,
            )
        )  # fmt: skip
    lead, reviewer = browser(app, "lead"), browser(app, "reviewer")
    found = lead.get("/search?in=decisions").text
    assert 'href="/notices/decision-1"' in found
    assert 'href="/notices/decision-2"' not in found
    assert f'href="/notices/{quote("decision/1")}"' in lead.get("/appeals").text
    for path in ("/search?in=decisions", "/appeals", "/items/review-1"):
        assert "/notices" not in reviewer.get(path).text, path
