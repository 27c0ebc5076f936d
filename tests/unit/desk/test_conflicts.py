"""What a person sends goes through also where PostgreSQL gave up on it for another's sake: it is sent once more."""

import contextlib
import inspect
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event, func, select, text
from sqlalchemy.engine import URL, ExceptionContext
from sqlalchemy.orm import Session

from moderation.desk import pages
from moderation.desk.app import make_app
from moderation.desk.desk import Desk
from moderation.desk.pages import PageRoute
from moderation.review import accounts, claims, queue
from moderation.review.database import Database
from moderation.review.routing import Queue
from moderation.review.rules import DeskRules
from moderation.review.tables import Answer, AuditEntry, Item, Outgoing, Task
from tests.databases import command, written
from tests.unit.desk.desks import account_of, browser, csrf_of, desk_in
from tests.unit.desk.items import hateful, policy, seen_in, taken_in


@pytest.fixture
def database(postgresql: URL) -> Iterator[Database]:
    command(postgresql, "CREATE DATABASE desk TEMPLATE template")
    database = Database(written(postgresql, "desk"))
    yield database
    database.close()
    command(postgresql, "DROP DATABASE desk WITH (FORCE)")


@pytest.fixture
def desk(tmp_path: Path, database: Database) -> Desk:
    own = policy()
    rules = DeskRules(queues={"quiet": Queue()})
    return desk_in(tmp_path, database=database, rules=rules, policies={own.hash: own}.get)


@pytest.fixture
def ended(desk: Desk) -> list[str]:
    """The SQL states of what the database has ended."""
    found: list[str] = []

    @event.listens_for(desk.database.engine, "handle_error")
    def note(context: ExceptionContext) -> None:
        found.append(getattr(context.original_exception, "sqlstate", ""))

    return found


def test_an_answer_that_a_deadlock_ended_is_sent_again_by_the_desk_itself(desk: Desk, ended: list[str]) -> None:
    (review_id,) = taken_in(desk, hateful(desk, 1))
    kim = browser(make_app(desk), "reviewer", login="kim")
    csrf = csrf_of(kim)
    where = kim.post("/next", data={"csrf": csrf}).headers["location"]
    form = {"csrf": csrf, "action": "remove", "reasons": ["hate"], **seen_in(kim.get(where).text)}
    answered = []

    def answer() -> None:
        answered.append(kim.post(f"{where}/answer", data=form))

    with desk.database.session() as other:
        other.execute(text("SET LOCAL deadlock_timeout = '10min'"))  # the page finds the deadlock, and is ended
        other.execute(select(Item).where(Item.review_id == review_id).with_for_update()).all()
        thread = threading.Thread(target=answer)
        thread.start()
        until_somebody_waits(desk)
        other.execute(select(Task).with_for_update()).all()
    thread.join()

    assert ended == ["40P01"]
    assert answered[0].status_code == 303
    assert "Sent" in answered[0].headers["set-cookie"]
    with desk.database.session() as session:
        assert len(session.scalars(select(Answer)).all()) == len(session.scalars(select(Outgoing)).all()) == 1


def test_an_answer_waits_for_who_has_its_task_and_neither_ends_the_other(desk: Desk, ended: list[str]) -> None:
    """As intake, which locks a task before it changes its items."""
    (review_id,) = taken_in(desk, hateful(desk, 1))
    kim = browser(make_app(desk), "reviewer", login="kim")
    csrf = csrf_of(kim)
    where = kim.post("/next", data={"csrf": csrf}).headers["location"]
    form = {"csrf": csrf, "action": "remove", "reasons": ["hate"], **seen_in(kim.get(where).text)}
    answered = []

    def answer() -> None:
        answered.append(kim.post(f"{where}/answer", data=form))

    with desk.database.session() as session:
        row = session.get_one(Item, review_id)
        queue.locked(session, row.task_id)
        thread = threading.Thread(target=answer)
        thread.start()
        until_somebody_waits(desk)
        row.queue = "elsewhere"
        session.flush()
    thread.join()

    assert ended == []
    assert answered[0].status_code == 303


def until_somebody_waits(desk: Desk) -> None:
    """Return once a transaction waits for another's lock."""
    waiting = 0
    while not waiting:
        with desk.database.session() as session:
            waiting = session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")) or 0


def test_two_leads_who_choose_the_same_tasks_in_another_order_never_end_each_other(
    desk: Desk, ended: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    taken_in(desk, hateful(desk, 1), hateful(desk, 2))
    app = make_app(desk)
    leads = [browser(app, "lead", login=login) for login in ("lee", "lou")]
    with desk.database.session() as session:
        one, two = session.scalars(select(Task.task_id).order_by(Task.task_id))
        kim = accounts.create(session, "kim", "Kim", roles=["reviewer"], by="moderation", now=desk.now()).account_id
    taken, reassign = threading.Barrier(2), claims.reassign

    def slowly(session: Session, *given: Any, **named: Any) -> Task:
        """Each waits for the other to have a first task, too; as long as it takes where one task comes first."""
        task = reassign(session, *given, **named)
        session.flush()
        with contextlib.suppress(threading.BrokenBarrierError):
            taken.wait(1.0)
        return task

    monkeypatch.setattr(claims, "reassign", slowly)
    found = []

    def give(lead: TestClient, *tasks: int) -> None:
        form = {"csrf": csrf_of(lead), "tasks": list(map(str, tasks)), "account": str(kim)}
        found.append(lead.post("/queues/hate/give", data=form).status_code)

    threads = [
        threading.Thread(target=give, args=(lead, *tasks))
        for lead, tasks in zip(leads, ((one, two), (two, one)), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (found, ended) == ([303, 303], [])


FORMS: dict[str, dict[str, Any]] = {
    "/queues/hate/give": {"tasks": "1", "account": "1"},
    "/queues/hate/move": {"tasks": "1", "to": "quiet"},
    "HELD/reassign": {"to": "1"},
    "HELD/extend": {},
    "HELD/skip": {"why": "tired"},
    "HELD/release": {},
    "/users/new": {"login": "lea", "roles": "reviewer"},
    "/users/1": {"name": "Kim Kimble", "roles": "reviewer"},
    "/users/1/active": {"active": "false"},
    "/users/1/invite": {},
    "/users/1/sign-out": {},
}


@pytest.mark.parametrize("path", FORMS)
def test_what_the_database_gave_up_on_is_done_once_by_the_second_try(desk: Desk, path: str) -> None:
    taken_in(desk, hateful(desk, 1))
    kim = account_of(desk, "reviewer", login="kim")
    visitor = browser(make_app(desk), "lead", "admin", login="lou")
    csrf = csrf_of(visitor)
    held = visitor.post("/next", data={"csrf": csrf}).headers["location"] if path.startswith("HELD") else ""
    assert kim.account_id == 1
    with desk.database.session() as session:
        before = session.scalar(select(func.count()).select_from(AuditEntry))
    given_up = []

    @event.listens_for(desk.database.engine, "before_cursor_execute")
    def give_up(_: Any, cursor: Any, statement: str, *__: Any) -> None:
        if statement.startswith("INSERT INTO audit") and not given_up:
            given_up.append(statement)
            cursor.execute("DO $$ BEGIN RAISE SQLSTATE '40P01'; END $$")

    answered = visitor.post(path.replace("HELD", held), data={"csrf": csrf, **FORMS[path]})
    event.remove(desk.database.engine, "before_cursor_execute", give_up)
    assert (len(given_up), answered.status_code in (200, 303)) == (1, True), answered.text
    with desk.database.session() as session:
        after = session.scalar(select(func.count()).select_from(AuditEntry))
    assert after > before


@pytest.mark.parametrize(
    "route", [route for router in pages.found() for route in router.routes if "POST" in route.methods],
    ids=lambda route: route.path,
)  # fmt: skip
def test_no_form_changes_anything_in_a_transaction_that_is_not_tried_again(route: PageRoute) -> None:
    assert "visit.transaction()" not in inspect.getsource(route.endpoint)
