"""Joins records with decisions and verdicts on disk, so that memory stays small however long the range is.

A post's last record counts: of one occasion that in which most lanes had reported, the first of those, because what a
redelivery brings is recognised and not acted on. Its decision is the one that was made on this very record.
"""

import json
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from pydantic import ValidationError

from moderation.events import Decision, Event, Scored, Verdict
from moderation.history.rows import Row, of_decision, of_record, of_verdict

_E = TypeVar("_E", bound=Event)

_TABLES = """
CREATE TABLE records (post TEXT, revision INTEGER, occasion TEXT, settled INTEGER, row TEXT,
                      PRIMARY KEY (post, revision));
CREATE TABLE decisions (post TEXT, revision INTEGER, occasion TEXT, settled INTEGER, row TEXT,
                        PRIMARY KEY (post, revision, occasion, settled));
CREATE TABLE verdicts (post TEXT, revision INTEGER, at REAL, row TEXT, PRIMARY KEY (post, revision));
CREATE TABLE deleted (post TEXT PRIMARY KEY);
"""
_JOIN = """
SELECT records.row, decisions.row, verdicts.row, deleted.post IS NOT NULL
FROM records
LEFT JOIN decisions USING (post, revision, occasion, settled)
LEFT JOIN verdicts USING (post, revision)
LEFT JOIN deleted USING (post)
ORDER BY records.rowid
"""


class Staging:
    """Take records first, then decisions and verdicts; then read the rows. Removes its file when closed.

    `unreadable` counts what was no valid event: it was a dead letter when it came by.
    """

    def __init__(self, with_text: bool) -> None:
        self.unreadable = 0
        self._with_text = with_text
        self._folder = tempfile.TemporaryDirectory(prefix="moderation-history-")
        self._database = sqlite3.connect(
            Path(self._folder.name) / "staging.sqlite", isolation_level=None, check_same_thread=False
        )
        self._database.executescript(f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; {_TABLES}")

    def __enter__(self) -> "Staging":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()
        self._folder.cleanup()

    def add_records(self, values: Iterable[bytes]) -> None:
        """Records of the scored topic."""
        with self._database:
            self._database.execute("BEGIN")
            for record in self._valid(Scored, values):
                self._add_record(record)

    def _add_record(self, record: Scored) -> None:
        post = record.post
        if post.change == "deleted":
            self._database.execute("INSERT OR IGNORE INTO deleted VALUES (?)", (post.post_id,))
            return
        settled = len(record.lanes_in("scored", "nothing_to_score", "failed"))
        row = of_record(record)
        if not self._with_text:
            row.pop("text", None)
        self._database.execute(
            # Of two occasions the backfill counts, of two backfills the later.
            "INSERT INTO records VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE"
            " SET occasion = excluded.occasion, settled = excluded.settled, row = excluded.row"
            " WHERE CASE WHEN excluded.occasion = occasion THEN excluded.settled > settled"
            " ELSE excluded.occasion <> 'live' END",
            (post.post_id, post.revision, post.occasion, settled, json.dumps(row)),
        )

    def add_decisions(self, values: Iterable[bytes]) -> None:
        """What the policy decided; decisions on other posts are passed over, and so are those of people."""
        with self._database:
            self._database.execute("BEGIN")
            for decision in self._valid(Decision, values):
                if decision.action == "withdrawn":
                    self._database.execute("INSERT OR IGNORE INTO deleted VALUES (?)", (decision.post_id,))
                elif decision.stage != "human":
                    settled = decision.order()[2]
                    key = (decision.post_id, decision.revision)
                    self._database.execute(
                        "INSERT OR IGNORE INTO decisions SELECT ?, ?, ?, ?, ?"
                        " WHERE EXISTS (SELECT 1 FROM records WHERE post = ? AND revision = ?)",
                        (*key, decision.occasion, settled, json.dumps(of_decision(decision)), *key),
                    )

    def add_verdicts(self, values: Iterable[bytes]) -> None:
        """What reviewers answered: the last answer on each revision counts."""
        with self._database:
            self._database.execute("BEGIN")
            for verdict in self._valid(Verdict, values):
                self._database.execute(
                    "INSERT INTO verdicts VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE"
                    " SET at = excluded.at, row = excluded.row WHERE excluded.at > at",
                    (
                        verdict.post_id,
                        verdict.revision,
                        verdict.decided_at.timestamp(),
                        json.dumps(of_verdict(verdict)),
                    ),
                )

    def __len__(self) -> int:
        (count,) = self._database.execute("SELECT count(*) FROM records").fetchone()
        return int(count)

    def rows(self) -> Iterator[Row]:
        """A row per revision of a post, in the order in which they were first seen."""
        for record, decision, verdict, deleted in self._database.execute(_JOIN):
            row: Row = json.loads(record)
            if deleted:
                row.pop("text", None)
            for part in (decision, verdict):
                if part is not None:
                    row |= json.loads(part)
            yield row

    def _valid(self, model: type[_E], values: Iterable[bytes]) -> Iterator[_E]:
        for value in values:
            try:
                yield model.model_validate_json(value)
            except ValidationError:
                self.unreadable += 1
