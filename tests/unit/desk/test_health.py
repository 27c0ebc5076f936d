"""What a load balancer asks."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from moderation.desk.app import make_app
from moderation.desk.running.part import Trouble
from tests.unit.desk.desks import browser, desk_in

SINCE = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def test_a_desk_that_works_says_so_to_everybody(tmp_path: Path) -> None:
    answer = browser(make_app(desk_in(tmp_path))).get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "troubles": {}})


def test_what_does_not_get_on_is_named_without_saying_more(tmp_path: Path) -> None:
    desk = replace(desk_in(tmp_path), troubles=lambda: {"outbox": Trouble(SINCE, "no broker at kafka.internal:9092")})
    answer = browser(make_app(desk)).get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "in trouble", "troubles": {"outbox": "2026-11-21T12:00:00+00:00"}}


def test_without_its_database_it_should_not_be_asked_for_pages(tmp_path: Path) -> None:
    desk = desk_in(tmp_path)
    visitor = browser(make_app(desk))
    desk.database.close()
    for file in tmp_path.iterdir():
        file.unlink()
    tmp_path.rmdir()
    answer = visitor.get("/healthz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "the database does not answer"}
