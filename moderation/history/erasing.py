"""An author's rows, taken out of history files."""

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import polars as pl
from pydantic_core import from_json

from moderation.errors import HistoryError, ModerationError
from moderation.history.reading import files_of
from moderation.history.writing import GROUP
from moderation.lines import whole_file

_READ, _WRITTEN = "cannot be read", "cannot be written anew, and is as it was"


@dataclass(frozen=True, slots=True)
class Taken:
    """How many rows of an author a file had; it has none any more. None: it does not say who wrote what, or there is a
    `problem`, and they are still there.
    """

    file: Path
    rows: int | None
    problem: ModerationError | None = None


def take_out(paths: Sequence[Path], author_id: str) -> list[Taken]:
    """Write files that have rows of the author anew, without them: each is whole at any moment, and leaves the others
    as they were. What the file system keeps of the old bytes is not touched.

    The `problem` of a file that is no history, or cannot be written, keeps none from the others.
    """
    found: list[Taken] = []
    files: dict[Path, None] = {}
    for path in paths:
        try:
            files |= dict.fromkeys(file.resolve() for file in files_of(path))
        except ModerationError as problem:
            found.append(Taken(path, None, problem))
    return found + [_taken(file, author_id) for file in files]


def _taken(file: Path, author_id: str) -> Taken:
    try:
        return Taken(file, (_of_parquet if file.suffix == ".parquet" else _of_lines)(file, author_id))
    except ModerationError as problem:
        return Taken(file, None, problem)


def _of_parquet(file: Path, author_id: str) -> int | None:
    with _saying(file, _READ):
        table = pl.scan_parquet(file)
        if "author_id" not in table.collect_schema():
            return None
        theirs = pl.col("author_id").cast(pl.String).eq_missing(pl.lit(author_id))
        count = int(table.filter(theirs).select(pl.len()).collect().item())
    if count:
        with _saying(file, _WRITTEN), whole_file(file) as out:
            _guard_as(file, out)
            table.filter(~theirs).sink_parquet(out, row_group_size=GROUP, engine="streaming")
    return count


def _of_lines(file: Path, author_id: str) -> int | None:
    count, named = 0, False
    with _saying(file, _READ), file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            row = _row(file, number, line)
            named = named or "author_id" in row
            count += _is_theirs(row, author_id)
    if count:
        with _saying(file, _WRITTEN), file.open("rb") as lines, whole_file(file) as out:
            _guard_as(file, out)
            out.writelines(
                line for number, line in enumerate(lines, 1) if not _is_theirs(_row(file, number, line), author_id)
            )
    return count if named else None


@contextmanager
def _saying(file: Path, what: str) -> Iterator[None]:
    """Errors of the file system become `HistoryError`; so do those of polars, which hide a full disk in theirs."""
    try:
        yield
    except (pl.exceptions.PolarsError, OSError) as error:
        why = getattr(error, "strerror", None) or str(error).partition("\n")[0]
        raise HistoryError(f"{file}: {what}: {why}") from None


def _is_theirs(row: dict[str, object], author_id: str) -> bool:
    """Also where a platform's own files have numbers for ids, as in parquet."""
    found = row.get("author_id")
    return found is not None and str(found) == author_id


def _row(file: Path, number: int, line: bytes) -> dict[str, object]:
    if not line.strip():
        return {}
    try:
        row = from_json(line.removeprefix(b"\xef\xbb\xbf"))
    except ValueError as error:
        raise HistoryError(f"{file}: line {number}: is not JSON: {error}") from None
    if not isinstance(row, dict):
        raise HistoryError(f"{file}: line {number}: must be a JSON object, one per line")
    return row


def _guard_as(file: Path, out: BinaryIO) -> None:
    """Who may read the one may read the other."""
    os.fchmod(out.fileno(), stat.S_IMODE(file.stat().st_mode))
