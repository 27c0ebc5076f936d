"""The reader of a user's own files: CSV, TSV, JSON lines and Parquet, with their columns mapped by the recipe."""

import gzip
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict, Field, field_validator

from models.training.examples import HEADS, Example, rows
from models.training.extra import require
from models.training.readers.reader import Options, unknown
from moderation.errors import ConfigurationError

Format = Literal["csv", "tsv", "jsonl", "parquet"]

_SUFFIXES: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
}
_TRUE = {"true", "yes", "y", "t"}
_FALSE = {"false", "no", "n", "f"}
_NOTHING = {"", "null", "none", "nan", "na"}
_ROWS = 10_000  # of a Parquet file, at once in memory


class Label(Options):
    """A column with words for classes: those in `positive` are 1, those in `negative` 0 (all others if absent)."""

    column: str
    positive: tuple[str, ...] = Field(min_length=1)
    negative: tuple[str, ...] | None = None


class TableOptions(Options):
    """Which files, and which of their columns is what."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)

    path: str = Field(description="a file, or a pattern such as posts/*.csv.gz, below the folder of the data")
    format: Format | None = Field(None, description="told from the file's name where absent")
    text: str = Field(description="column of the text")
    labels: dict[str, str | Label] = Field(
        min_length=1, description="category -> column of numbers from 0 to 1, or of true and false; or its classes"
    )
    weak: dict[str, float] = Field(
        default_factory=dict, description="category -> what it nearly always is in these texts, where not annotated"
    )
    language_column: str | None = None
    group: str | None = Field(None, description="column: rows of one group stay on one side of every split")

    @field_validator("labels", "weak")
    @classmethod
    def _of_known_categories(cls, value: dict[str, Any]) -> dict[str, Any]:
        for name in value:
            if name not in HEADS:
                raise ValueError(unknown("category", name, HEADS))
        return value

    @field_validator("weak")
    @classmethod
    def _is_a_share(cls, value: dict[str, float]) -> dict[str, float]:
        for name, share in value.items():
            if not 0 <= share <= 1:
                raise ValueError(f"{name} is {share}; it must lie in 0 to 1")
        return value


class TableReader:
    """Tables with a header, JSON lines or Parquet. `.gz` is unpacked, but for Parquet."""

    options = TableOptions
    language = ""

    def files(self, folder: Path, options: TableOptions) -> list[Path]:
        """Raises `ConfigurationError` where no file matches, or one is of no known format."""
        named = Path(options.path)
        found = [named] if named.is_absolute() else sorted(folder.glob(options.path))
        found = [path for path in found if path.is_file()]
        if not found:
            raise ConfigurationError(f"{folder / options.path}: no such file")
        for path in found:
            _format_of(path, options)
        return found

    def read(self, folder: Path, options: TableOptions, seed: int) -> Iterator[Example]:
        """Raises `ConfigurationError` for a column that is not there and for a label that is none."""
        wanted = _columns(options)
        for path in self.files(folder, options):
            for number, row in enumerate(_ROWS_OF[_format_of(path, options)](path), 1):
                if number == 1 and (missing := [column for column in wanted if column not in row]):
                    raise ConfigurationError(f"{path}: {unknown('column', missing[0], row)}")
                text = row.get(options.text)
                if text is None:
                    continue
                labels = {}
                for category, column in options.labels.items():
                    value = _value(row, column, f"{path}, row {number}")
                    if value is not None:
                        labels[category] = value
                group = f"{options.path} {row.get(options.group)}" if options.group else ""
                language = str(row.get(options.language_column) or "") if options.language_column else ""
                yield Example(str(text), path.name, labels, options.weak, group, language)


def _columns(options: TableOptions) -> list[str]:
    labels = [label.column if isinstance(label, Label) else label for label in options.labels.values()]
    return [options.text, *labels, *filter(None, (options.language_column, options.group))]


def _value(row: Mapping[str, Any], label: str | Label, where: str) -> float | None:
    """A label in [0, 1]; None where the row says nothing."""
    column = label.column if isinstance(label, Label) else label
    value = row.get(column)
    word = "" if value is None else str(value).strip()
    if isinstance(label, Label):
        if word in label.positive:
            return 1.0
        if not word or (label.negative is not None and word not in label.negative):
            return None
        return 0.0
    if word.lower() in _NOTHING:
        return None
    if word.lower() in _TRUE | _FALSE:
        return float(word.lower() in _TRUE)
    try:
        number = float(word)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise ConfigurationError(
            f"{where}: column '{column}' holds {word[:40]!r}, which is neither a number from 0 to 1 nor true or false; "
            f"for classes write `{{column: {column}, positive: [...]}}`"
        )
    return number


def _format_of(path: Path, options: TableOptions) -> Format:
    if options.format is not None:
        return options.format
    name = path.name.lower().removesuffix(".gz")
    found = next((kind for suffix, kind in _SUFFIXES.items() if name.endswith(suffix)), None)
    if found is None:
        raise ConfigurationError(
            f"{path}: its name does not tell the format; say `format: csv`, `tsv`, `jsonl` or `parquet`"
        )
    return found


def _csv(path: Path) -> Iterator[Mapping[str, Any]]:
    return rows(path)


def _tsv(path: Path) -> Iterator[Mapping[str, Any]]:
    return rows(path, "\t")


def _jsonl(path: Path) -> Iterator[Mapping[str, Any]]:
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                raise ConfigurationError(f"{path}, line {number}: not JSON: {error}") from None
            if not isinstance(row, dict):
                raise ConfigurationError(f"{path}, line {number}: not a JSON object")
            yield row


def _parquet(path: Path) -> Iterator[Mapping[str, Any]]:
    require("polars")
    import polars

    table = polars.scan_parquet(path)
    total = table.select(polars.len()).collect().item()
    for start in range(0, total, _ROWS):
        yield from table.slice(start, _ROWS).collect().iter_rows(named=True)


_ROWS_OF = {"csv": _csv, "tsv": _tsv, "jsonl": _jsonl, "parquet": _parquet}
