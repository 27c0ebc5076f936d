"""The audit page, and the API of notices."""

import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from moderation.review import audit
from tests.unit.desk.desks import NOW, account_of, app_in, browser, csrf_of, program
from tests.unit.review.accounted import decided, item

HOSTILE = '<script>alert("x")</script>'


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    app = app_in(tmp_path)
    kim = account_of(app.state.desk, "reviewer", login="kim")
    with app.state.desk.database.session() as session:
        for number in range(60):
            audit.note(session, f"account:{kim.account_id}", "item.viewed", f"item:{number}", {"at": number}, now=NOW)
        audit.note(session, "moderation", "retention.applied", "database", {"what": HOSTILE}, now=NOW)
    return app


def test_an_auditor_sees_the_newest_entries_and_goes_back(app: FastAPI) -> None:
    auditor = browser(app, "auditor")
    page = auditor.get("/audit").text
    rows = page[page.index("<tbody>") :]
    assert rows.index("removed what was past its time") < rows.index("item 59<")
    assert ">Kim<" in rows
    assert "item 0<" not in rows
    assert HOSTILE not in page
    assert "&lt;script&gt;" in rows
    older = auditor.get("/audit?before=13").text
    assert "item 0<" in older
    assert "item 59<" not in older


def test_what_was_changed_is_told_in_words(app: FastAPI) -> None:
    changes = {"roles": {"from": [], "to": ["lead", "auditor"]}, "name": {"from": "Lee", "to": "Lea"}}
    with app.state.desk.database.session() as session:
        audit.note(session, "moderation", "account.changed", "account:9", changes, now=NOW)
    page = browser(app, "auditor").get("/audit?did=account.changed").text
    assert re.search(r"<dt>roles</dt><dd><span>from none to lead, auditor<", page)
    assert re.search(r"<dt>name</dt><dd><span>from Lee to Lea<", page)


def test_a_name_that_ends_like_a_shortened_id_is_shown(app: FastAPI) -> None:
    changes = {"name": {"from": "Lee", "to": "Lea …"}}
    with app.state.desk.database.session() as session:
        audit.note(session, "moderation", "account.changed", "account:9", changes, now=NOW)
    page = browser(app, "auditor").get("/audit?did=account.changed").text
    assert "<dt>name</dt><dd><span>from Lee to Lea …</span></dd>" in page


@pytest.mark.parametrize(
    ("query", "shown", "hidden"),
    [
        ("actor=moderation", "removed what was", "looked at an item"),
        ("did=item", "item 59", "removed what was"),
        ("did=item.viewed", "item 59", "removed what was"),
        ("subject=item:7", "item 7<", "item 59"),
        ("subject=7", "item 7<", "item 59"),
        ("from=2026-11-22", "No such entries", "item 59"),
        ("to=2026-11-20", "No such entries", "item 59"),
        ("from=2026-11-21&to=2026-11-21", "item 59", "No such entries"),
    ],
)
def test_entries_are_filtered(app: FastAPI, query: str, shown: str, hidden: str) -> None:
    page = browser(app, "auditor").get(f"/audit?{query}").text
    body = page[page.index("<tbody>") :] if "<tbody>" in page else page[page.index("No such entries") :]
    assert shown in body
    assert hidden not in body


def test_what_was_done_is_chosen_by_the_words_that_the_table_has(app: FastAPI) -> None:
    auditor = browser(app, "auditor")
    page = auditor.get("/audit?did=task.answered").text
    assert '<option value="task.answered" selected>answered</option>' in page
    assert '<option value="item" selected>item …</option>' in auditor.get("/audit?did=item").text


def test_a_day_that_is_none_is_refused(app: FastAPI) -> None:
    answer = browser(app, "auditor").get("/audit?from=yesterday")
    assert answer.status_code == 400
    assert "is no day" in answer.text


def test_the_chain_is_verified_and_that_is_noted_too(app: FastAPI) -> None:
    with app.state.desk.database.session() as session:
        head = str(audit.head(session))
    auditor = browser(app, "auditor")
    page = auditor.post("/audit", data={"csrf": csrf_of(auditor), "head": head}).text
    assert "none was changed. This check has an entry now, too. The head that was published stands in it." in page
    assert "audit.verified" in auditor.get("/audit").text


def test_a_chain_that_was_changed_is_named(app: FastAPI) -> None:
    with app.state.desk.database.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER audit_never_changes"))
        connection.execute(text("UPDATE audit SET did = 'nothing' WHERE number = 7"))
    auditor = browser(app, "auditor")
    page = auditor.post("/audit", data={"csrf": csrf_of(auditor)}).text
    assert "The audit is not whole: 1 problem." in page
    assert "Entry 7 was changed after it was written." in page


def test_what_is_no_head_is_refused_and_kept(app: FastAPI) -> None:
    auditor = browser(app, "auditor")
    answer = auditor.post("/audit", data={"csrf": csrf_of(auditor), "head": "abc"})
    assert answer.status_code == 422
    assert 'value="abc"' in answer.text
    assert "HASH@NUMBER" in answer.text


def test_a_program_gets_the_notice_and_the_record(app: FastAPI) -> None:
    with app.state.desk.database.session() as session:
        decided(session, "1")
        item(session, "1")
    platform = program(app, "platform")
    answer = platform.get("/api/v1/decisions/decision-1/notice")
    assert answer.status_code == 200
    told = answer.json()
    assert told["notice"].startswith("Your comment was removed")
    assert told["statement"]["puid"] == "decision-1"
    assert (told["author_id"], told["current"], told["missing"]) == ("ann", True, [])


@pytest.mark.parametrize(("asked", "given", "begins"), [("de-AT", "de", "Ihr Kommentar"), ("xx", "en", "Your comment")])
def test_a_program_asks_for_a_language_and_is_told_which_it_got(
    app: FastAPI, asked: str, given: str, begins: str
) -> None:
    with app.state.desk.database.session() as session:
        decided(session, "1")
        item(session, "1")
    told = program(app, "platform").get(f"/api/v1/decisions/decision-1/notice?language={asked}").json()
    assert told["language"] == given
    assert told["notice"].startswith(begins)
    assert told["statement"]["incompatible_content_ground"] == "community standards"


def test_there_is_no_notice_of_what_is_not_known_or_restricts_nobody(app: FastAPI) -> None:
    with app.state.desk.database.session() as session:
        decided(session, "1", "review")
    platform = program(app, "platform")
    assert platform.get("/api/v1/decisions/other/notice").status_code == 404
    answer = platform.get("/api/v1/decisions/decision-1/notice")
    assert answer.status_code == 400
    assert "restricts nobody" in answer.text
