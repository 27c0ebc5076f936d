"""What PostgreSQL makes of the overview and of searches over many rows: indexes lead everywhere."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from moderation.review import fired, overview, search, stranded
from moderation.review.database import Database
from moderation.review.rules import DeskRules
from moderation.review.search import AnswerQuery, Between, DecisionQuery, ItemQuery
from moderation.review.tables import Base
from tests.databases import command, written
from tests.unit.review.rows import NOW, account, ago, answer, decision, item, task

ROWS = 20_000
_COPIES = {
    "tasks": {
        "task_id": "n",
        "head": "'review-' || n",
        "queue": "'queue-' || n % 8",
        "status": "CASE WHEN n % 20 = 0 THEN 'open' WHEN n % 5001 = 0 THEN 'claimed' ELSE 'done' END",
        "opened_at": "opened_at - n * interval '3 seconds'",
        "rank": "random() * 20",
    },
    "items": {
        "review_id": "'review-' || n",
        "post_id": "'post-' || n",
        "author_id": "'author-' || n % 999",
        "decision_id": "'decision-' || n",
        "queue": "'queue-' || n % 8",
        "status": "CASE WHEN n % 20 = 0 THEN 'open' ELSE 'decided' END",
        "received_at": "received_at - n * interval '3 seconds'",
    },
    "answers": {
        "answer_id": "n",
        "task_id": "n",
        "review_id": "'review-' || n",
        "account_id": "1 + n % 40",
        "queue": "'queue-' || n % 8",
        "verdict_id": "'verdict-' || n",
        "answered_at": "answered_at - n * interval '3 seconds'",
    },
    "decisions": {
        "decision_id": "'decision-' || n",
        "post_id": "'post-' || n",
        "author_id": "'author-' || n % 999",
        "at": "at - n * interval '3 seconds'",
    },
}
"""Table -> what differs in its copies of one row."""

QUERIES: dict[str, Callable[[Session], object]] = {
    "stranded": lambda session: stranded.stranded(session, DeskRules()),
    "queues": lambda session: overview.queues(session, answered_since=ago(minutes=30), now=NOW),
    "working": lambda session: overview.working(session, answered_since=ago(minutes=30), now=NOW),
    "line": lambda session: overview.line(session, "queue-4", gold=False, after=(9.0, 4)),
    "items": lambda session: search.items(session, ItemQuery()),
    "items far back": lambda session: search.items(session, ItemQuery(), after=f"{ago(hours=9).isoformat()}~x"),
    "items of no kind": lambda session: search.items(session, ItemQuery(language="xx", reason="none")),
    "open items": lambda session: search.items(session, ItemQuery(status="open", queue="queue-4")),
    "items of a queue": lambda session: search.items(session, ItemQuery(status="decided", queue="queue-3")),
    "items of a post": lambda session: search.items(session, ItemQuery(id="post-77")),
    "items of an author": lambda session: search.items(session, ItemQuery(id="author-77")),
    "items of a time": lambda session: search.items(session, ItemQuery(when=Between(ago(hours=5), ago(hours=4)))),
    "answers": lambda session: search.answers(session, AnswerQuery(action="none")),
    "answers of a person": lambda session: search.answers(session, AnswerQuery(reviewer="reviewer-7", action="hold")),
    "answers of a queue": lambda session: search.answers(session, AnswerQuery(queue="queue-3", reason="none")),
    "answers of an author": lambda session: search.answers(session, AnswerQuery(id="author-77")),
    "decisions": lambda session: search.decisions(session, DecisionQuery(action="none")),
    "decisions of an author": lambda session: search.decisions(session, DecisionQuery(id="author-77")),
    "what fired": lambda session: fired.fired(session, since=ago(minutes=30)),
}


@pytest.fixture(scope="module")
def full(postgresql: Any) -> Iterator[Database]:
    """A PostgreSQL with many rows of each, as they look after a while: most work is done."""
    command(postgresql, "CREATE DATABASE full_desk TEMPLATE template")
    database = Database(written(postgresql, "full_desk"))
    rows: list[Base] = [*(account(number) for number in range(1, 41)), task(0), item(0), answer(0), decision(0)]
    with database.session() as session:
        for row in rows:
            session.add(row)
            session.flush()
        for table, own in _COPIES.items():
            columns = [column.name for column in Base.metadata.tables[table].columns]
            quoted = ", ".join(f'"{name}"' for name in columns)
            copied = ", ".join(own.get(name, f'"{name}"') for name in columns)
            session.execute(
                text(f"INSERT INTO {table} ({quoted}) SELECT {copied} FROM {table}, generate_series(1, {ROWS}) AS n")
            )
        session.execute(
            text(
                "INSERT INTO task_exclusions (task_id, account_id, why) "
                "SELECT task_id, 1, 'skipped' FROM tasks WHERE task_id % 100 = 0"
            )
        )
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    yield database
    database.close()
    command(postgresql, "DROP DATABASE full_desk WITH (FORCE)")


@pytest.mark.parametrize("name", QUERIES)
def test_no_large_table_is_read_whole(full: Database, name: str) -> None:
    asked: list[tuple[str, Any]] = []

    def note(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        asked.append((statement, parameters))

    with full.session() as session:
        event.listen(full.engine, "before_cursor_execute", note)
        try:
            QUERIES[name](session)
        finally:
            event.remove(full.engine, "before_cursor_execute", note)
        plans = []
        with session.connection().connection.cursor() as cursor:
            for statement, parameters in asked:
                cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF) {statement}", parameters)
                plans += [line for (line,) in cursor.fetchall()]
    plan = "\n".join(plans)
    assert "Index" in plan
    assert re.findall(r"Seq Scan on (?!accounts|gold|appeals|task_exclusions)\w+", plan) == [], plan
    read = [int(float(count)) for count in re.findall(r"Scan.*actual rows=(\d+(?:\.\d+)?)", plan)]
    assert max(read) <= search.LOOKED_AT, plan
