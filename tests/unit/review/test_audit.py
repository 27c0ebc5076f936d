"""The audit: numbered without holes, chained, append-only, verified entry by entry."""

import threading
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from moderation.errors import ConfigurationError
from moderation.review import audit
from moderation.review.audit import Head
from moderation.review.database import Database
from moderation.review.tables import AuditEntry

NOW = datetime(2026, 11, 21, 12, 0, 0, 123456, UTC)


def written(database: Database, count: int) -> None:
    for number in range(count):
        with database.session() as session:
            audit.note(session, "account:1", "item.viewed", f"item:{number}", {"at": number}, now=NOW)


def entries(database: Database) -> list[AuditEntry]:
    with database.session() as session:
        return list(session.scalars(select(AuditEntry).order_by(AuditEntry.number)))


def tampered(database: Database, *statements: str) -> list[str]:
    """What `verify` says after somebody who owns the database switched the triggers off and did this."""
    with database.engine.begin() as connection:
        if database.sqlite:
            for name in ("never_changes", "never_shrinks", "goes_on"):
                connection.execute(text(f"DROP TRIGGER audit_{name}"))
        else:
            connection.execute(text("ALTER TABLE audit DISABLE TRIGGER USER"))
        for statement in statements:
            connection.execute(text(statement))
    with database.session() as session:
        return [str(problem) for problem in audit.verify(session)]


def test_entries_are_numbered_from_one_and_follow_each_other(database: Database) -> None:
    with database.session() as session:
        assert audit.head(session) == Head(0, audit.BEGINNING)
        audit.note(session, "moderation", "item.opened", "item:1", now=NOW)
        audit.note(session, "account:1", "item.viewed", "item:1", {"seconds": 1.5, "queue": "hate"}, now=NOW)
    written(database, 1)
    first, second, third = entries(database)
    assert [first.number, second.number, third.number] == [1, 2, 3]
    assert (first.before, second.before, third.before) == (audit.BEGINNING, first.hash, second.hash)
    assert (second.actor, second.did, second.subject) == ("account:1", "item.viewed", "item:1")
    assert second.details == {"seconds": 1.5, "queue": "hate"}
    with database.session() as session:
        assert audit.verify(session) == []
        assert audit.head(session) == Head(3, third.hash)


def test_the_hash_of_an_entry_is_what_the_documentation_says(database: Database) -> None:
    moment = NOW.astimezone(timezone(timedelta(hours=2)))
    with database.session() as session:
        audit.note(session, "account:1", "item.viewed", "item:1", {"é": [1, None, True], "a": 2.0}, now=moment)
    [entry] = entries(database)
    told = (
        '{"actor":"account:1","at":"2026-11-21T12:00:00.123456+00:00","details":{"a":2,"é":[1,null,true]},'
        '"did":"item.viewed","subject":"item:1"}'
    )
    assert entry.digest == sha256(told.encode()).hexdigest()
    assert entry.hash == sha256(f"1:{'0' * 64}:{entry.digest}".encode()).hexdigest()


def test_an_entry_stands_and_falls_with_its_transaction(database: Database) -> None:
    with database.session() as session:
        audit.note(session, "account:1", "item.viewed", "item:1", now=NOW)
        session.rollback()
    with database.session() as session:
        audit.note(session, "account:1", "task.claimed", "task:1", now=NOW)
        savepoint = session.begin_nested()
        audit.note(session, "account:1", "task.skipped", "task:1", now=NOW)
        savepoint.rollback()
        with session.begin_nested():
            audit.note(session, "account:1", "task.answered", "task:1", now=NOW)
    assert [(entry.number, entry.did) for entry in entries(database)] == [(1, "task.claimed"), (2, "task.answered")]


def test_writers_at_once_leave_no_hole_and_nobody_waits_in_a_circle(database: Database) -> None:
    """Each holds a lock of its own and wants the other's afterwards: a chain locked at `note` would deadlock here."""
    together = threading.Barrier(8, timeout=60)
    failures: list[BaseException] = []

    def work(worker: int) -> None:
        try:
            together.wait()
            for number in range(10):
                with database.session() as session:
                    audit.note(session, f"account:{worker}", "task.claimed", f"task:{number}", now=NOW)
                    session.execute(text("UPDATE audit_test SET n = n + 1 WHERE n >= 0"))
                    audit.note(session, f"account:{worker}", "task.answered", f"task:{number}", now=NOW)
        except BaseException as error:
            failures.append(error)

    with database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE audit_test (n INTEGER)"))
        connection.execute(text("INSERT INTO audit_test VALUES (0)"))
    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    found = entries(database)
    assert [entry.number for entry in found] == list(range(1, 161))
    assert all(a.actor == b.actor for a, b in zip(found[::2], found[1::2], strict=True))
    with database.session() as session:
        assert audit.verify(session) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'account:2' WHERE number = 2",
        "DELETE FROM audit WHERE number = 3",
        "DELETE FROM audit",
    ],
)
def test_the_database_itself_refuses_to_change_or_remove_an_entry(database: Database, statement: str) -> None:
    written(database, 3)
    with pytest.raises(DBAPIError, match="the audit is append-only"), database.engine.begin() as connection:
        connection.execute(text(statement))
    assert len(entries(database)) == 3


def test_the_database_takes_only_the_next_entry(database: Database) -> None:
    written(database, 3)
    columns = "at, actor, did, subject, details, digest, before"
    forged = f"INTO audit (number, {columns}, hash) SELECT 2, {columns}, 'forged' FROM audit WHERE number = 2"
    if database.sqlite:
        for statement in (f"INSERT OR REPLACE {forged}", f"INSERT {forged}"):
            with pytest.raises(DBAPIError, match="not its next entry"), database.engine.begin() as connection:
                connection.execute(text(statement))
        assert len(entries(database)) == 3
    else:
        with database.engine.begin() as connection:  # whatever number and hash are claimed, the trigger makes its own
            connection.execute(text(f"INSERT {forged}"))
        assert entries(database)[-1].number == 4
        with pytest.raises(DBAPIError, match="append-only"), database.engine.begin() as connection:
            connection.execute(text("TRUNCATE audit"))
    with database.session() as session:
        assert audit.verify(session) == []


@pytest.mark.parametrize(
    ("statement", "problems"),
    [
        ("UPDATE audit SET actor = 'account:2' WHERE number = 2", ["entry 2: was changed after it was written"]),
        ("UPDATE audit SET at = '2020-01-01 00:00:00' WHERE number = 1", ["entry 1: was changed after it was written"]),
        (
            "UPDATE audit SET number = 0 WHERE number = 4",
            ["entry 1: missing: the next one is 0", "entry 0: was changed after it was written",
             "entry 1: does not follow from the entry before"],
        ),
        ("DELETE FROM audit WHERE number = 2", ["entry 2: missing: the next one is 3"]),
        (
            "UPDATE audit SET digest = 'x', hash = 'y' WHERE number = 2",
            ["entry 2: was changed after it was written", "entry 3: does not follow from the entry before"],
        ),
        ("UPDATE audit SET number = 7 WHERE number = 4",
         ["entry 4: missing: the next one is 7", "entry 7: was changed after it was written"]),
    ],
)  # fmt: skip
def test_what_was_tampered_with_is_found(database: Database, statement: str, problems: list[str]) -> None:
    written(database, 4)
    assert tampered(database, statement) == problems


def test_a_chain_that_was_rebuilt_or_cut_does_not_have_the_head_that_was_published(database: Database) -> None:
    written(database, 4)
    with database.session() as session:
        published = Head.parse(str(audit.head(session)))
    written(database, 2)
    with database.session() as session:
        assert audit.verify(session, published) == []
    assert tampered(database, "DELETE FROM audit WHERE number > 3") == []
    with database.session() as session:
        [problem] = audit.verify(session, published)
    assert str(problem) == "entry 4: was published, but the audit ends at 3"
    again = Head(3, "0" * 64)
    with database.session() as session:
        [problem] = audit.verify(session, again)
    assert str(problem).startswith("entry 3: is not the one that was published: ")


def test_no_more_problems_are_named_than_anybody_reads(database: Database) -> None:
    written(database, audit.REPORTED + 5)
    assert len(tampered(database, "UPDATE audit SET did = 'nothing'")) == audit.REPORTED


@pytest.mark.parametrize("text", ["", "12", "abc@1", f"{'a' * 64}@", f"{'A' * 64}@1", f"{'a' * 63}@1"])
def test_what_is_no_head_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="write HASH@NUMBER"):
        Head.parse(text)


def test_details_that_are_no_json_are_refused_at_once(database: Database) -> None:
    with database.session() as session, pytest.raises(TypeError, match="bytes cannot stand in an audit entry"):
        audit.note(session, "moderation", "item.opened", "item:1", {"content": b"x"}, now=NOW)
    with database.session() as session, pytest.raises(ValueError, match="Out of range float"):
        audit.note(session, "moderation", "item.opened", "item:1", {"score": float("nan")}, now=NOW)


hostile = st.text(st.characters(codec=None), max_size=20)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | hostile,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(hostile, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(many=st.lists(st.tuples(hostile, st.dictionaries(hostile, json_values, max_size=3)), max_size=20))
def test_whatever_stands_in_an_entry_comes_back_as_it_was_hashed(
    database: Database, many: list[tuple[str, dict[str, object]]]
) -> None:
    with database.session() as session:
        for subject, details in many:
            audit.note(session, "account:1", "item.viewed", subject, details, now=NOW)
    with database.session() as session:
        assert audit.verify(session) == []
