"""History files, written in pieces: Parquet with a row group for every 50,000 posts, or JSON lines."""

import json
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Literal, TypeVar

import polars as pl

from moderation.errors import ConfigurationError
from moderation.history.frames import DTYPES, frame, kinds_of
from moderation.history.rows import Row
from moderation.history.schema import Kind
from moderation.lines import whole_file

Format = Literal["parquet", "jsonl"]
_FORMATS: dict[str, Format] = {".parquet": "parquet", ".jsonl": "jsonl", ".ndjson": "jsonl"}

GROUP = 50_000
_HELD = 5_000  # rows as Python objects, some 5 kB each
FILE_ROWS = 1_000_000
"""Rows of one file of a folder."""

_T = TypeVar("_T")


def format_of(to: Path, asked: Format | None) -> Format:
    """What to write: as asked, else as the name says; a folder gets Parquet. Raises `ConfigurationError`."""
    if asked is None and to.suffix and to.suffix not in _FORMATS:
        known = ", ".join(_FORMATS)
        raise ConfigurationError(f"{to}: a history is a file that ends in {known}, or a folder; or say --format")
    return asked or _FORMATS.get(to.suffix, "parquet")


def write(rows: Callable[[], Iterator[Row]], to: Path, form: Format) -> list[Path]:
    """Write all rows; `rows` begins anew each time. Returns the files, each complete when it has its name.

    `to` is a file when its name has a suffix, else a folder, which gets files of a million rows. Raises
    `ConfigurationError` where files of a history stand there already.
    """
    kinds = kinds_of(rows()) if form == "parquet" else {}
    if to.suffix:
        _write_file(rows(), to, form, kinds)
        return [to]
    if any(to.glob("history-*.*")):
        raise ConfigurationError(f"{to}: has files of a history already; name an empty folder")
    try:
        to.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(f"{to}: cannot be made: {error.strerror}") from error
    files = []
    for number, part in enumerate(_parts(rows(), FILE_ROWS)):
        file = to / f"history-{number:05}.{form}"
        _write_file(part, file, form, kinds)
        files.append(file)
    return files


def _write_file(rows: Iterable[Row], file: Path, form: Format, kinds: dict[str, Kind]) -> None:
    with whole_file(file) as out:
        if form == "jsonl":
            out.writelines(f"{json.dumps(row, ensure_ascii=False)}\n".encode() for row in rows)
            return
        frames = (
            frame(list(part), kinds, lambda index: f"row {index + 1}") for part in _parts(rows, min(_HELD, GROUP))
        )
        schema = {name: DTYPES[kind] for name, kind in kinds.items()}
        _lazy(frames, schema).sink_parquet(out, row_group_size=GROUP, engine="streaming")


def _lazy(frames: Iterator[pl.DataFrame], schema: dict[str, pl.DataType]) -> pl.LazyFrame:
    """What polars writes while it is made."""
    from polars.io.plugins import register_io_source

    def made(
        columns: list[str] | None, predicate: pl.Expr | None, rows: int | None, size: int | None
    ) -> Iterator[pl.DataFrame]:
        yield from frames

    return register_io_source(made, schema=schema)


def _parts(items: Iterable[_T], size: int) -> Iterator[Iterator[_T]]:
    """The items, `size` at a time; each part must be used up before the next."""
    iterator = iter(items)
    for first in iterator:
        yield _chained(first, islice(iterator, size - 1))


def _chained(first: _T, rest: Iterator[_T]) -> Iterator[_T]:
    yield first
    yield from rest
