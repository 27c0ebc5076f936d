"""What only one of several desk processes does at a time: whoever holds the turn."""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import InterfaceError, OperationalError

from moderation.errors import DatabaseUnavailable
from moderation.review.database import Database

_LOCKS = {"outbox": 0x6D6F645F6F, "jobs": 0x6D6F645F6A}  # of PostgreSQL's advisory locks


class TurnLost(DatabaseUnavailable):
    """The connection that held the turn is gone, so another process may have it."""


@contextmanager
def turn(database: Database, name: str) -> Iterator[Callable[[], None] | None]:
    """The turn, or None while another process has it. It ends with the process, however that ends.

    Call what is given before each piece of work: it raises `TurnLost` once the turn is not ours any more.
    """
    if database.sqlite:
        with _by_file(Path(f"{database.engine.url.database}.{name}")) as held:
            yield (lambda: None) if held else None
    else:
        with _by_connection(database, _LOCKS[name]) as check:
            yield check


@contextmanager
def _by_file(path: Path) -> Iterator[bool]:
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


@contextmanager
def _by_connection(database: Database, number: int) -> Iterator[Callable[[], None] | None]:
    """PostgreSQL gives the lock back when the connection ends."""
    try:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:

            def check() -> None:
                try:
                    connection.execute(text("SELECT 1"))
                except (OperationalError, InterfaceError) as error:
                    raise TurnLost(f"the desk's database {database}: the connection is gone") from error

            if not connection.scalar(text(f"SELECT pg_try_advisory_lock({number})")):
                yield None
                return
            try:
                yield check
            finally:
                connection.execute(text(f"SELECT pg_advisory_unlock({number})"))
    except (OperationalError, InterfaceError) as error:
        raise DatabaseUnavailable(f"the desk's database {database}: {str(error.orig).partition(chr(10))[0]}") from error
