"""One transaction per session, on both databases; the migrations make the tables that the models describe."""

import contextlib
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import func, inspect, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from moderation.errors import ConfigurationError, DatabaseUnavailable, NoSuchItem
from moderation.review import audit, migrations
from moderation.review.database import Database
from moderation.review.tables import AuthorKey, Base, Exposure, Item, Task, Viewing

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
OF_THE_FIRST = (
    "INSERT INTO accounts (account_id, login, name, roles, skills, languages, preferences, active, created_at) "
    "VALUES (1, 'kim', 'Kim', '[]', '[]', '[]', '{}', true, :now)",
    "INSERT INTO tasks (task_id, kind, status, queue, head, size, modality, severity, harmless, rank, terms, opened_at)"
    " VALUES (1, 'review', 'done', 'hate', 'review-1', 1, 'image', 1, false, 0, '{}', :now)",
    "INSERT INTO exposures (account_id, task_id, weight, at) VALUES (1, 1, 2.5, :now)",
    "INSERT INTO viewings (account_id, review_id, what, at) VALUES (1, 'review-1', 'item', :now)",
    "INSERT INTO viewings (account_id, review_id, what, at) VALUES (1, 'review-1', 'picture: anna: at home.jpg', :now)",
    "INSERT INTO viewings (account_id, review_id, what, at) VALUES (1, 'review-1', 'faces: anna.jpg', :now)",
    *(
        "INSERT INTO items (review_id, task_id, status, post_id, revision, occasion, decision_id, stage, settled, "
        'digest, queue, reasons, fired, surface, modality, probability, terms, weight, severity, partition, "offset", '
        f"posted_at, received_at, answer_id) VALUES ('review-{number}', 1, 'decided', 'post', 0, 'live', 'decision', "
        f"0, 0, '', 'hate', '[]', '{{}}', 'comment', 'text', 1, '{{}}', 0, 1, 0, 0, :now, :now, {stands})"
        for number, stands in ((1, 2), (2, 1), (3, 2), (4, "NULL"))
    ),
    *(
        "INSERT INTO answers (answer_id, task_id, review_id, account_id, kind, queue, action, reasons, seconds, "
        f"probability, answered_at, verdict_id) VALUES ({number}, 1, 'review-1', 1, '{kind}', 'hate', 'remove', '[]', "
        f"1, 1, :now, 'verdict-{number}')"
        for number, kind in ((1, "review"), (2, "appeal"))
    ),
)
"""Rows as version 0001 wrote them."""


def keys(database: Database) -> int:
    with database.session() as session:
        return session.scalar(select(func.count()).select_from(AuthorKey)) or 0


def test_migrations_make_the_tables_that_the_models_describe(empty: Database) -> None:
    assert empty.upgrade()
    with empty.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        difference = compare_metadata(context, Base.metadata)
        indexes = {name for table in Base.metadata.tables for name in _indexes(connection, table)}
    assert difference == [], "write a step: python -m moderation.review.migrations"
    assert indexes == {index.name for table in Base.metadata.tables.values() for index in table.indexes}


def _indexes(connection: object, table: str) -> set[str | None]:
    unique = {one["name"] for one in inspect(connection).get_unique_constraints(table)}  # PostgreSQL lists both
    return {one["name"] for one in inspect(connection).get_indexes(table)} - unique


def test_upgrading_again_changes_nothing(database: Database) -> None:
    with database.session() as session:
        session.add(AuthorKey(author="author:1", key=b"k", shredded_at=None))
    assert not database.upgrade()
    assert keys(database) == 1


def test_a_database_of_the_first_version_keeps_its_rows_and_its_audit_stays_append_only(empty: Database) -> None:
    with empty.engine.begin() as connection:
        migrations.upgrade(connection, "0001")
        for statement in OF_THE_FIRST:
            connection.execute(text(statement), {"now": NOW})
    with empty.session() as session:
        audit.note(session, "account:1", "item.viewed", "item:review-1", now=NOW)
        audit.note(session, "account:1", "task.answered", "task:1", now=NOW)
    empty.upgrade()
    with empty.session() as session:
        [met] = session.scalars(select(Exposure))
        assert (met.account_id, met.task_id, met.review_id, met.weight, met.at) == (1, 1, None, 2.5, NOW)
        assert session.scalars(select(Viewing.what).order_by(Viewing.viewing_id)).all() == ["item", "picture", "faces"]
        firsts = session.execute(select(Item.answer_id, Item.first_answer_id).order_by(Item.review_id))
        assert [tuple(row) for row in firsts] == [(2, 1), (1, 1), (2, None), (None, None)]
        session.add(Exposure(account_id=1, task_id=None, review_id="review-1", weight=1.0, at=NOW))
        audit.note(session, "account:1", "item.viewed", "item:review-1", now=NOW)
    with empty.session() as session:
        assert audit.head(session).number == 3
        assert audit.verify(session) == []
    for statement in ("UPDATE audit SET did = 'nothing'", "DELETE FROM audit"):
        with pytest.raises(DBAPIError, match="the audit is append-only"), empty.engine.begin() as connection:
            connection.execute(text(statement))
    with pytest.raises(DBAPIError), empty.session() as session:  # references are still held to
        session.add(Exposure(account_id=7, task_id=None, review_id=None, weight=1.0, at=NOW))


def test_a_database_of_a_newer_version_is_refused(database: Database) -> None:
    with database.session() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigurationError, match=r"another version of this program.*9999"):
        database.upgrade()


def test_a_session_commits_at_its_end_and_rolls_back_on_an_exception(database: Database) -> None:
    with database.session() as session:
        session.add(AuthorKey(author="author:1", key=b"k", shredded_at=None))
    with pytest.raises(ZeroDivisionError), database.session() as session:
        _fail_after(session)
    assert keys(database) == 1


def _fail_after(session: Session) -> None:
    session.add(AuthorKey(author="author:2", key=b"k", shredded_at=None))
    session.flush()
    raise ZeroDivisionError


def test_references_are_held_to(database: Database) -> None:
    from sqlalchemy.exc import IntegrityError

    with pytest.raises(IntegrityError), database.session() as session:
        session.execute(text("INSERT INTO task_exclusions (task_id, account_id, why) VALUES (7, 7, 'skipped')"))


def test_a_file_of_sqlite_is_its_owners_alone(tmp_path: Path) -> None:
    Database(f"sqlite:///{tmp_path}/deep/desk.db").upgrade()
    assert stat.S_IMODE((tmp_path / "deep" / "desk.db").stat().st_mode) & 0o077 == 0


@pytest.mark.parametrize(
    "url", ["", "desk.db", "mysql://user:secret@host/desk", "sqlite://", "sqlite:///:memory:", "postgresql:host"]
)
def test_what_is_no_address_of_a_database_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ConfigurationError, match="sqlite:///") as caught:
        Database(url)
    assert "secret" not in str(caught.value)


def test_a_database_that_does_not_answer_says_so_without_its_password(tmp_path: Path) -> None:
    database = Database(f"postgresql://user:secret@/desk?host={tmp_path}")
    with pytest.raises(DatabaseUnavailable, match="connection to server") as caught:
        database.upgrade()
    assert caught.value.retriable
    assert "secret" not in str(caught.value)


def test_a_file_that_cannot_be_made_or_is_no_database_is_told_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("hello, this is a text and no database at all")
    with pytest.raises(ConfigurationError, match=r"file/desk.db: the desk's database cannot be made there"):
        Database(f"sqlite:///{tmp_path / 'file' / 'desk.db'}")
    with pytest.raises(ConfigurationError, match=r"file: file is not a database; name another file"):
        Database(f"sqlite:///{tmp_path / 'file'}").upgrade()


def test_a_number_that_no_row_can_have_is_of_no_row(database: Database) -> None:
    with contextlib.suppress(NoSuchItem), database.session() as session:
        assert session.get(Task, 10**30) is None


def test_a_text_that_no_row_can_have_is_of_no_row(database: Database) -> None:
    with contextlib.suppress(NoSuchItem), database.session() as session:
        assert session.get(Item, "\0") is None


def test_tables_that_a_newer_desk_changes_meanwhile_are_asked_anew(database: Database) -> None:
    def asked(session: Session) -> int:
        return len(session.execute(text("SELECT * FROM author_keys")).all())

    for _ in range(10):  # until the driver has prepared the statement
        database.transact(asked)
    with Database(str(database.engine.url.render_as_string(hide_password=False))).session() as newer:
        newer.execute(text("ALTER TABLE author_keys ADD COLUMN of_a_newer_desk INTEGER"))
    assert database.transact(asked) == 0
