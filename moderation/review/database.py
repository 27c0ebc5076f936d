"""The desk's database: SQLite on one machine, PostgreSQL where there are more. One transaction per session."""

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    DataError,
    DBAPIError,
    InterfaceError,
    NotSupportedError,
    OperationalError,
)
from sqlalchemy.orm import Session, sessionmaker

from moderation.errors import ConfigurationError, DatabaseConflict, DatabaseUnavailable, NoSuchItem
from moderation.review.content import MASTER_KEYS
from moderation.review.wrapping import MasterKeys
from moderation.settings import DeskSettings

_BUSY_MS = 60_000  # how long a writer of SQLite waits for the one before it
_DRIVERS = {"postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg", "sqlite": "sqlite"}
_CONFLICTS = ("40001", "40P01")  # of SQL's states: a serialization failure, a deadlock
_OUT_OF_RANGE = "22003"  # numeric_value_out_of_range
_NULS = (None, "22P05")  # the driver's refusal of a text with a NUL has no state, the server's of one in JSON has this
_TOO_LARGE = "nothing here has such a number"
_REPLANNED = "cached plan must not change result type"
_WITH_NUL = "nothing here has such a name: it has a character that no name has"
_UPGRADE_LOCK = 0x6D6F645F75  # of PostgreSQL's advisory locks: two desks that start at once upgrade one by one

_T = TypeVar("_T")


class Database:
    """Where the desk keeps everything. Safe for several threads; each takes a session of its own."""

    def __init__(self, url: str, masters: MasterKeys | None = None) -> None:
        """`masters` are the master keys that content is kept under (`moderation.review.wrapping`), if there are any.

        Raises `ConfigurationError` for what is no address of SQLite or PostgreSQL.
        """
        self._url = _address(url)
        self.sqlite = self._url.get_backend_name() == "sqlite"
        self.engine = _sqlite(self._url) if self.sqlite else _postgresql(self._url)
        self._writing = threading.Lock()
        self._sessions = sessionmaker(self.engine, expire_on_commit=False, info={MASTER_KEYS: masters or MasterKeys()})

    @classmethod
    def of(cls, settings: DeskSettings) -> "Database":
        """The database that the settings name, with the master keys that they give."""
        return cls(settings.database, MasterKeys.of(settings))

    def __str__(self) -> str:
        return self._url.render_as_string(hide_password=True)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session in one transaction: committed at the end, rolled back on an exception.

        Raises `DatabaseUnavailable` where the database does not answer, `DatabaseConflict` where it gave up on the
        transaction, `NoSuchItem` for a number or a text that no row can have.
        """
        try:
            with self._turn(), self._sessions.begin() as session:
                yield session
        except OverflowError as error:
            raise NoSuchItem(_TOO_LARGE) from error
        except DataError as error:
            state = getattr(error.orig, "sqlstate", "")
            if state != _OUT_OF_RANGE and state not in _NULS:
                raise
            raise NoSuchItem(_TOO_LARGE if state == _OUT_OF_RANGE else _WITH_NUL) from error
        except NotSupportedError as error:
            if _REPLANNED not in str(error.orig):
                raise
            raise DatabaseConflict(f"the desk's database {self}: a newer desk has changed its tables") from error
        except (OperationalError, InterfaceError) as error:
            gave_up = getattr(error.orig, "sqlstate", None) in _CONFLICTS
            kind = DatabaseConflict if gave_up else DatabaseUnavailable
            raise kind(f"the desk's database {self}: {_first_line(error)}") from error

    def transact(self, act: Callable[[Session], _T]) -> _T:
        """What `act` gives, in a transaction of its own; once more in another where the database gave up on the first.

        Raises as `session`, and what `act` raises.
        """
        try:
            with self.session() as session:
                return act(session)
        except DatabaseConflict:
            with self.session() as session:
                return act(session)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """SQLite has one writer at a time: threads wait for one another here, as it would have them try and sleep."""
        if not self.sqlite:
            yield
            return
        if not self._writing.acquire(timeout=_BUSY_MS / 1000):
            raise DatabaseUnavailable(f"the desk's database {self} was busy for {_BUSY_MS // 1000} s")
        try:
            yield
        finally:
            self._writing.release()

    def upgrade(self) -> bool:
        """Bring the tables to this version; does nothing where they are. Whether there were none: a new database.

        Raises `ConfigurationError` for newer ones, and for a file that is no database.
        """
        from moderation.review import migrations

        try:
            with self.engine.begin() as connection:
                if not self.sqlite:
                    connection.execute(text(f"SELECT pg_advisory_xact_lock({_UPGRADE_LOCK})"))
                return migrations.upgrade(connection)
        except (OperationalError, InterfaceError) as error:
            raise DatabaseUnavailable(f"the desk's database {self}: {_first_line(error)}") from error
        except DatabaseError as error:
            if not self.sqlite:
                raise
            raise ConfigurationError(f"{self._url.database}: {_first_line(error)}; name another file") from error

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def file_of(url: str) -> Path | None:
    """Where a database of SQLite is; None for others. Raises `ConfigurationError` as `Database`, and makes nothing."""
    found = _address(url)
    return Path(found.database or "") if found.get_backend_name() == "sqlite" else None


def parts(values: Sequence[_T], size: int = 500) -> list[Sequence[_T]]:
    """The values in parts that one statement can name: SQLite takes some thousand parameters."""
    return [values[start : start + size] for start in range(0, len(values), size)]


def _address(url: str) -> URL:
    try:
        found = make_url(url)
    except (ArgumentError, ValueError):
        found = None
    driver = _DRIVERS.get(found.get_backend_name()) if found else None
    if found is None or driver is None:
        raise ConfigurationError(
            f"{url.partition('@')[2] or url}: no address of a database; write "
            "sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME"
        )
    if driver == "sqlite" and found.database in (None, "", ":memory:"):
        raise ConfigurationError(f"{url}: SQLite needs a file, such as sqlite:///moderation-desk.db")
    return found.set(drivername=driver)


def _sqlite(url: URL) -> Engine:
    path = Path(url.database or "")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)  # it holds keys and digests of passwords
    except OSError as error:
        raise ConfigurationError(f"{path}: the desk's database cannot be made there: {error.strerror}") from error
    engine = create_engine(url, pool_size=10, max_overflow=60, pool_timeout=_BUSY_MS / 1000)

    @event.listens_for(engine, "connect")
    def _settle(connection: Any, record: Any) -> None:
        connection.isolation_level = None  # transactions begin where we say, not where the driver guesses
        for pragma in (f"busy_timeout={_BUSY_MS}", "journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # a reader that turns writer later could not wait its turn

    return engine


def _postgresql(url: URL) -> Engine:
    engine = create_engine(
        url,
        pool_size=10,
        max_overflow=60,
        pool_pre_ping=True,
        isolation_level="READ COMMITTED",
        connect_args={"connect_timeout": int(os.environ.get("PGCONNECT_TIMEOUT", "10"))},
    )

    @event.listens_for(engine, "handle_error")
    def _begin_anew(context: ExceptionContext) -> None:
        if _REPLANNED in str(context.original_exception):  # what connections have prepared is of the tables of before
            context.is_disconnect = True

    return engine


def _first_line(error: DBAPIError) -> str:
    return str(error.orig).strip().partition("\n")[0]
