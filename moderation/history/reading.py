"""History files in pieces: each is read by itself, checked, and small enough to hold."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import polars as pl
from pydantic_core import from_json

from moderation.errors import HistoryError
from moderation.history.frames import DTYPES, MEANT, frame, kinds_of, wrong
from moderation.history.rows import Row
from moderation.history.schema import COLUMNS, Kind
from moderation.signals import SIGNALS

PIECE_ROWS = 50_000
PIECE_BYTES = 16_000_000
_SUFFIXES = {".parquet": "parquet", ".jsonl": "jsonl", ".ndjson": "jsonl"}


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a file: rows `start` to `end` of Parquet, the lines that begin in those bytes of JSONL."""

    file: Path
    form: Literal["parquet", "jsonl"]
    start: int
    end: int


def pieces(paths: Sequence[Path]) -> list[Piece]:
    """The parts of files, and of all files in folders, in order. Raises `HistoryError`."""
    return [piece for path in paths for file in files_of(path) for piece in _pieces(file)]


def files_of(path: Path) -> list[Path]:
    """The file itself, or those of a folder, in order. Raises `HistoryError`."""
    if not path.exists():
        raise HistoryError(f"{path}: there is no such file or folder; `moderation history export` makes one")
    if not path.is_dir():
        if path.suffix not in _SUFFIXES:
            raise HistoryError(f"{path}: a history ends in {', '.join(_SUFFIXES)}")
        return [path]
    found = sorted(file for file in path.rglob("*") if file.suffix in _SUFFIXES and file.is_file())
    if not found:
        raise HistoryError(f"{path}: has no file that ends in {', '.join(_SUFFIXES)}")
    return found


def _pieces(file: Path) -> Iterator[Piece]:
    form: Literal["parquet", "jsonl"] = "parquet" if file.suffix == ".parquet" else "jsonl"
    if form == "jsonl":
        size, step = file.stat().st_size, PIECE_BYTES
    else:
        schema = _schema(file)
        _check_columns(file, schema)
        size, step = pl.scan_parquet(file).select(pl.len()).collect().item(), PIECE_ROWS
    for start in range(0, size, step):
        yield Piece(file, form, start, min(start + step, size))


def _schema(file: Path) -> Mapping[str, Any]:
    try:
        return dict(pl.read_parquet_schema(file))
    except (pl.exceptions.PolarsError, OSError) as error:
        raise HistoryError(f"{file}: is no Parquet file that can be read: {_first_line(error)}") from None


def _check_columns(file: Path, schema: Mapping[str, Any]) -> None:
    for column in COLUMNS.values():
        if column.required and column.name not in schema:
            raise HistoryError(f"{file}: column '{column.name}' is missing; see docs/history.md for the columns")
    for name, dtype in schema.items():
        kind = _wanted(name)
        if kind is not None and not _fits(dtype, kind):
            meant = "a timestamp" if kind == "time" else MEANT[kind]
            raise HistoryError(f"{file}: column '{name}' is of type {dtype}, it must be {meant}")


def _wanted(name: str) -> Kind | None:
    """What a column must be of; None where that is up to the policy."""
    if name in COLUMNS:
        return COLUMNS[name].kind
    return "number" if name in SIGNALS and SIGNALS[name].type == "score" else None


def _fits(dtype: Any, kind: Kind) -> bool:
    if dtype == pl.Null:
        return True
    match kind:
        case "string":
            return dtype in (pl.String, pl.Categorical, pl.Enum)
        case "number":
            return bool(dtype.is_numeric())
        case "integer":
            return bool(dtype.is_integer())
        case "boolean":
            return bool(dtype == pl.Boolean)
        case "strings":
            return dtype == pl.List and _fits(dtype.inner, "string")
    return bool(dtype == pl.Datetime)


def read(piece: Piece, names: Iterable[str], kinds: Mapping[str, Kind]) -> pl.DataFrame:
    """A piece with its fixed columns, and of the others those in `names` that it has.

    `kinds` says what columns of JSON lines hold, where that is known. Raises `HistoryError`, which names the row and
    the column.
    """
    wanted = dict.fromkeys((*COLUMNS, *names))
    if piece.form == "jsonl":
        rows, place = _lines(piece)
        guessed = kinds_of({name: row[name] for name in wanted if row.get(name) is not None} for row in rows)
        every = {name: kinds.get(name) or guessed.get(name, "number") for name in wanted}
        every |= {name: column.kind for name, column in COLUMNS.items()}
        found = frame(rows, every, place)
    else:
        found = _rows(piece, list(wanted))

        def place(index: int) -> str:
            return f"{piece.file}: row {piece.start + index + 1}"

    for column in COLUMNS.values():
        _check_values(found, column.name, place)
    return found


def _rows(piece: Piece, wanted: Sequence[str]) -> pl.DataFrame:
    schema = _schema(piece.file)
    columns = [name for name in wanted if name in schema]
    try:
        found = pl.scan_parquet(piece.file).select(columns).slice(piece.start, piece.end - piece.start).collect()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise HistoryError(f"{piece.file}: cannot be read: {_first_line(error)}") from None
    casts = [
        pl.col(name).cast(DTYPES[kind])
        for name in columns
        if (kind := _wanted(name)) is not None and found.schema[name] != DTYPES[kind] and kind != "time"
    ]
    times = [
        _utc(name, found.schema[name])
        for name in columns
        if name in COLUMNS and COLUMNS[name].kind == "time" and found.schema[name] != DTYPES["time"]
    ]
    missing = [
        pl.lit(None, dtype=DTYPES[column.kind]).alias(column.name)
        for column in COLUMNS.values()
        if column.name not in schema
    ]
    return found.with_columns(*casts, *times, *missing)


def _utc(name: str, dtype: Any) -> pl.Expr:
    column = pl.col(name).cast(pl.Datetime("us", getattr(dtype, "time_zone", None)))
    return column.dt.replace_time_zone("UTC") if not getattr(dtype, "time_zone", None) else column.cast(DTYPES["time"])


def _lines(piece: Piece) -> tuple[list[Row], Any]:
    """The rows of a piece, and what says where each stands."""
    rows: list[Row] = []
    blank: list[int] = []
    with piece.file.open("rb") as file:
        if piece.start:
            file.seek(piece.start - 1)
            file.readline()  # the line that began before, or only its end

        def place(index: int) -> str:
            before = _lines_before(piece.file, first)
            return f"{piece.file}: line {before + index + 1 + sum(1 for line in blank if line <= index)}"

        first = file.tell()
        while file.tell() < piece.end and (line := file.readline()):
            if not line.strip():
                blank.append(len(rows))
                continue
            try:
                row = from_json(line.removeprefix(b"\xef\xbb\xbf"), allow_inf_nan=False)
            except ValueError as error:
                raise HistoryError(f"{place(len(rows))}: is not JSON: {_first_line(error)}") from None
            if not isinstance(row, dict):
                raise HistoryError(f"{place(len(rows))}: must be a JSON object, one per line")
            rows.append(row)
    return rows, place


def _lines_before(file: Path, end: int) -> int:
    count = 0
    with file.open("rb") as opened:
        while end > 0 and (chunk := opened.read(min(end, 1_000_000))):
            count += chunk.count(b"\n")
            end -= len(chunk)
    return count


def _check_values(found: pl.DataFrame, name: str, place: Any) -> None:
    column = COLUMNS[name]
    values = found.get_column(name)
    if column.required and values.null_count():
        index = values.is_null().arg_true()[0]
        raise HistoryError(f"{place(index)}: column '{name}' is empty; every row needs one")
    wanted = f"one of: {', '.join(column.among)}"
    bad = None
    if column.among:
        bad = values.is_not_null() & ~values.is_in(list(column.among))
    elif name.startswith("lanes."):
        bad = values.is_not_null() & ~values.str.contains(r"^(scored|nothing_to_score|pending|failed(: .*)?)$")
        wanted = "scored, nothing_to_score, pending or failed: REASON"
    elif name == "sampling_probability":
        bad = values.is_not_null() & ~((values > 0) & (values <= 1))
        wanted = "over 0 and at most 1"
    if bad is not None and bad.any():
        index = bad.arg_true()[0]
        raise wrong(place(index), name, values[index], wanted)


def _first_line(error: Exception) -> str:
    lines = str(error).splitlines()
    return lines[0] if lines else type(error).__name__
