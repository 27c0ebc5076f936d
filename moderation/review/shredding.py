"""Takes what was deleted out of the files of the database, and looks whether it is gone.

A database that deletes a row leaves its bytes where they were until something else needs the place.
"""

import mmap
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, text

from moderation.review.database import Database

_PLAIN_TABLES = (
    "answers",
    "appeals",
    "decisions",
    "outbox",
    "fingerprints",
    "inheritances",
    "items",
    "task_exclusions",
    "tasks",
    "viewings",
)


@dataclass(frozen=True, slots=True)
class Shredded:
    """Whether nothing is left in the files of the database, as far as can be said, and what could be done about it."""

    complete: bool
    what: str


def shred(database: Database, *remains: bytes) -> Shredded:
    """Rewrite what held keys, and look for `remains` in the files where these can be read (SQLite).

    Without remains, whether SQLite could rewrite everything is all there is to go by. Runs outside of any
    transaction. Other writers wait meanwhile.
    """
    return _sqlite(database, remains) if database.sqlite else _postgresql(database)


def _sqlite(database: Database, remains: tuple[bytes, ...]) -> Shredded:
    path = Path(database.engine.url.database or "")
    with closing(database.engine.raw_connection()) as connection:
        cursor = connection.cursor()
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        busy = (cursor.fetchone() or (0,))[0]
    files = [path, path.with_name(path.name + "-wal")]
    left = [file.name for file in files if file.exists() and _holds(file, remains)]
    if left:
        why = "somebody was reading: run this again" if busy else "run this again while the desk is stopped"
        return Shredded(False, f"remains are still in {' and '.join(left)}: {why}")
    if busy and not any(remains):
        return Shredded(False, f"somebody was reading, so {path.name} could not be rewritten whole: run this again")
    return Shredded(True, f"nothing is left in {path.name} and its log")


def _postgresql(database: Database) -> Shredded:
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        before = _file_of_keys(connection)
        # FULL writes a new file and removes the old one; the table is small, a row for each author.
        connection.execute(text("VACUUM (FULL) author_keys"))
        connection.execute(text(f"VACUUM {', '.join(_PLAIN_TABLES)}"))
        if _file_of_keys(connection) == before:  # PostgreSQL only warns of tables of others, and passes them over
            return Shredded(False, "author_keys could not be rewritten: run this again as the owner of the tables")
        place = _archives(connection)
    return Shredded(
        True,
        f"what was a key is in no table of PostgreSQL any more; its write-ahead log has it until it is recycled{place}",
    )


def _file_of_keys(connection: Connection) -> int | None:
    return connection.execute(text("SELECT pg_relation_filenode('author_keys')")).scalar()


def _archives(connection: Connection) -> str:
    mode = connection.execute(text("SELECT current_setting('archive_mode')")).scalar()
    return ", and so has the archive of it" if mode in ("on", "always") else ""


def _holds(file: Path, remains: tuple[bytes, ...]) -> bool:
    if not file.stat().st_size:
        return False
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return any(content.find(one) >= 0 for one in remains if one)
