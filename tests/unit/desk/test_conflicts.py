"""What a person sends goes through also where PostgreSQL gave up on it for another's sake: it is sent once more."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.engine import URL

from moderation.desk.app import make_app
from moderation.desk.desk import Desk
from moderation.review import queue
from moderation.review.database import Database
from moderation.review.tables import Answer, Item, Outgoing, Task
from tests.databases import command, written
from tests.unit.desk.desks import browser, csrf_of, desk_in
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
    return desk_in(tmp_path, database=database, policies={own.hash: own}.get)


def test_an_answer_that_a_deadlock_ended_is_sent_again_by_the_desk_itself(desk: Desk) -> None:
    (review_id,) = taken_in(desk, hateful(desk, 1))
    kim = browser(make_app(desk), "reviewer", login="kim")
    csrf = csrf_of(kim)
    where = kim.post("/next", data={"csrf": csrf}).headers["location"]
    form = {"csrf": csrf, "action": "remove", "reasons": ["hate"], **seen_in(kim.get(where).text)}
    before = deadlocks(desk)
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

    assert deadlocks(desk) == before + 1
    assert answered[0].status_code == 303
    assert "Sent" in answered[0].headers["set-cookie"]
    with desk.database.session() as session:
        assert len(session.scalars(select(Answer)).all()) == len(session.scalars(select(Outgoing)).all()) == 1


def test_an_answer_waits_for_who_has_its_task_and_neither_ends_the_other(desk: Desk) -> None:
    """As intake, which locks a task before it changes its items."""
    (review_id,) = taken_in(desk, hateful(desk, 1))
    kim = browser(make_app(desk), "reviewer", login="kim")
    csrf = csrf_of(kim)
    where = kim.post("/next", data={"csrf": csrf}).headers["location"]
    form = {"csrf": csrf, "action": "remove", "reasons": ["hate"], **seen_in(kim.get(where).text)}
    before = deadlocks(desk)
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

    assert deadlocks(desk) == before
    assert answered[0].status_code == 303


def until_somebody_waits(desk: Desk) -> None:
    """Return once a transaction waits for another's lock."""
    waiting = 0
    while not waiting:
        with desk.database.session() as session:
            waiting = session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")) or 0


def deadlocks(desk: Desk) -> int:
    """How many the database has ended."""
    with desk.database.session() as session:
        session.execute(text("SELECT pg_stat_force_next_flush()"))
        session.execute(text("SELECT pg_stat_clear_snapshot()"))
        found = session.scalar(text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"))
        return found or 0
