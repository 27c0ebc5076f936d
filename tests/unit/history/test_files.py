"""History files: what is written is read, and what is wrong is named by file, row and column."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from moderation.errors import ConfigurationError, HistoryError
from moderation.history import reading, writing
from moderation.history.reading import pieces, read
from moderation.history.schema import COLUMNS
from moderation.history.writing import format_of, write
from tests.unit.history.histories import jsonl, parquet, row

PAGE = (Path(__file__).parents[3] / "docs" / "history.md").read_text(encoding="utf-8")


def test_files_of_a_folder_are_written_and_read_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "GROUP", 3)
    monkeypatch.setattr(writing, "FILE_ROWS", 7)
    monkeypatch.setattr(reading, "PIECE_ROWS", 4)
    rows = [row(number, text__hate=number / 20) for number in range(20)]
    files = write(lambda: iter(rows), tmp_path / "history", "parquet")
    assert [file.name for file in files] == [f"history-0000{n}.parquet" for n in range(3)]
    found = pieces([tmp_path / "history"])
    assert [piece.end - piece.start for piece in found] == [4, 3, 4, 3, 4, 2]
    frames = pl.concat(read(piece, ["text.hate"], {}) for piece in found)
    assert frames["post_id"].to_list() == [own["post_id"] for own in rows]
    assert frames["text.hate"].to_list() == [own["text.hate"] for own in rows]


@pytest.mark.parametrize("size", [90, 333, 10_000])
def test_every_line_is_in_one_piece_whatever_their_size(
    size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "PIECE_BYTES", size)
    rows = [row(number, author_id="é" * number) for number in range(9)]
    file = jsonl(tmp_path / "h.jsonl", rows)
    found = [name for piece in pieces([file]) for name in read(piece, [], {})["post_id"].to_list()]
    assert found == [own["post_id"] for own in rows]


def test_a_fact_of_many_types_keeps_every_value(tmp_path: Path) -> None:
    rows = [row(0, facts__n=1), row(1, facts__n="one"), row(2, facts__n=True), row(3, facts__n=2.5), row(4)]
    (piece,) = pieces([parquet(tmp_path / "h.parquet", rows)])
    found = read(piece, ["facts.n"], {})
    assert found["facts.n"].to_list() == [1.0, None, None, 2.5, None]
    assert [cell and json.loads(cell) for cell in found["other_facts"]] == [None, {"n": "one"}, {"n": True}, None, None]


def test_rare_facts_share_a_column(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("moderation.history.frames.MAX_FACTS", 1)
    rows = [row(0, facts__often=1, facts__rare=2), row(1, facts__often=3)]
    (piece,) = pieces([parquet(tmp_path / "h.parquet", rows)])
    assert "facts.rare" not in pl.read_parquet_schema(piece.file)
    assert read(piece, [], {})["other_facts"].to_list() == ['{"rare": 2}', None]


def test_an_export_does_not_mix_with_an_earlier_one(tmp_path: Path) -> None:
    write(lambda: iter([row(0)]), tmp_path / "h", "jsonl")
    with pytest.raises(ConfigurationError, match="has files of a history already; name an empty folder"):
        write(lambda: iter([row(0)]), tmp_path / "h", "parquet")


def test_a_name_that_says_no_format_is_refused_unless_one_is_asked_for() -> None:
    with pytest.raises(ConfigurationError, match=r"h.csv: a history is a file that ends in .parquet, .jsonl, .ndjson"):
        format_of(Path("h.csv"), None)
    found = [format_of(Path(name), None) for name in ("h.parquet", "h.jsonl", "h.ndjson", "folder")]
    assert found == ["parquet", "jsonl", "jsonl", "parquet"]
    assert format_of(Path("h.csv"), "jsonl") == "jsonl"


def test_files_of_other_tools_may_use_other_types_of_the_same_kind(tmp_path: Path) -> None:
    columns = {
        "post_id": pl.Series(["a", "b"], dtype=pl.Categorical),
        "time": pl.Series([0, 86_400_000_000_000], dtype=pl.Datetime("ns")),
        "label.time": pl.Series([0, None], dtype=pl.Datetime("ms", "Europe/Berlin")),
        "schema": ["history/1", "history/1"],
        "text.hate": pl.Series([0, 1], dtype=pl.Int8),
        "text.spam": pl.Series([0.5, float("nan")], dtype=pl.Float32),
        "post.revision": pl.Series([1, 2], dtype=pl.UInt16),
        "decision.reasons": pl.Series([[], None], dtype=pl.List(pl.Categorical)),
        "text.insult": pl.Series([None, None], dtype=pl.Null),
    }
    file = tmp_path / "h.parquet"
    pl.DataFrame(columns).write_parquet(file)
    (piece,) = pieces([file])
    found = read(piece, ["text.hate", "text.spam", "text.insult"], {})
    assert found["time"].to_list() == [datetime(1970, 1, 1, tzinfo=UTC), datetime(1970, 1, 2, tzinfo=UTC)]
    assert found["label.time"].to_list() == [datetime(1970, 1, 1, tzinfo=UTC), None]
    assert found["post_id"].to_list() == ["a", "b"]
    assert found["text.hate"].to_list() == [0.0, 1.0]
    assert found["post.revision"].to_list() == [1, 2]


def read_all(file: Path) -> None:
    for piece in pieces([file]):
        read(piece, [], {})


def broken(**values: Any) -> dict[str, Any]:
    return row(1, **values)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (broken(post_id=None), "column 'post_id' is empty; every row needs one"),
        (broken(schema="history/9"), "column 'schema' has 'history/9', it must be one of: history/1"),
        (broken(time="yesterday"), "column 'time' has 'yesterday', it must be a time in ISO 8601 with its zone"),
        (broken(time="2026-03-01T12:00:00"), "column 'time' has '2026-03-01T12:00:00', it must be a time in ISO 8601"),
        (broken(text__hate="0.9"), "column 'text.hate' has '0.9', it must be a number"),
        (broken(decision__action="delete"), "column 'decision.action' has 'delete', it must be one of: allow, label"),
        (broken(decision__reasons="hate"), "column 'decision.reasons' has 'hate', it must be a list of strings"),
        (broken(lanes__text="done"), "column 'lanes.text' has 'done', it must be scored, nothing_to_score, pending"),
        (broken(sampling_probability=0), "column 'sampling_probability' has 0.0, it must be over 0 and at most 1"),
        (broken(other_facts="[1]", facts__n=1), "column 'other_facts' has '[1]', it must be a JSON object"),
    ],
)
def test_a_wrong_value_is_named_by_line_and_column(bad: dict[str, Any], message: str, tmp_path: Path) -> None:
    file = jsonl(tmp_path / "h.jsonl", [row(0), bad, row(2)])
    (piece,) = pieces([file])
    with pytest.raises(HistoryError) as error:
        read(piece, ["text.hate"], {})
    assert str(error.value).startswith(f"{file}: line 2: {message}")


def test_lines_are_counted_from_the_top_of_the_file_with_blank_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [json.dumps(row(number)) for number in range(4)]
    file = tmp_path / "h.jsonl"
    file.write_text("\n".join([lines[0], "", lines[1], lines[2], "{"]))
    monkeypatch.setattr(reading, "PIECE_BYTES", len(lines[0]) + 3)
    with pytest.raises(HistoryError, match=r"h.jsonl: line 5: is not JSON: EOF"):
        read_all(file)


def test_a_wrong_row_of_parquet_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PIECE_ROWS", 2)
    frame = pl.DataFrame([row(number) for number in range(5)]).with_columns(
        pl.col("time").str.to_datetime(time_zone="UTC")
    )
    frame = frame.with_columns(pl.Series("label.action", [None, None, None, "ban", None]))
    file = tmp_path / "h.parquet"
    frame.write_parquet(file)
    with pytest.raises(HistoryError) as error:
        read_all(file)
    assert str(error.value).startswith(f"{file}: row 4: column 'label.action' has 'ban', it must be one of: allow,")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (pl.col("text.hate").cast(pl.String), "column 'text.hate' is of type String, it must be a number"),
        (pl.lit(1).alias("decision.rules"), "column 'decision.rules' is of type Int32, it must be a list of strings"),
        (pl.lit("x").alias("time"), "column 'time' is of type String, it must be a time"),
    ],
)
def test_a_column_of_the_wrong_type_is_named(change: pl.Expr, message: str, tmp_path: Path) -> None:
    file = tmp_path / "h.parquet"
    pl.DataFrame([row(0)]).with_columns(pl.col("time").str.to_datetime(time_zone="UTC")).with_columns(
        change
    ).write_parquet(file)
    with pytest.raises(HistoryError) as error:
        pieces([file])
    assert str(error.value).startswith(f"{file}: {message}")


def test_a_missing_column_a_wrong_file_and_an_empty_folder_are_told(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match="nowhere: there is no such file or folder"):
        pieces([tmp_path / "nowhere"])
    with pytest.raises(HistoryError, match=r"has no file that ends in .parquet, .jsonl, .ndjson"):
        pieces([tmp_path])
    (tmp_path / "h.csv").write_text("post_id\n")
    with pytest.raises(HistoryError, match=r"h.csv: a history ends in .parquet"):
        pieces([tmp_path / "h.csv"])
    (tmp_path / "h.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(HistoryError, match=r"h.parquet: is no Parquet file that can be read"):
        pieces([tmp_path / "h.parquet"])
    pl.DataFrame({"post_id": ["a"]}).write_parquet(tmp_path / "h.parquet")
    with pytest.raises(HistoryError, match=r"h.parquet: column 'schema' is missing; see docs/history.md"):
        pieces([tmp_path / "h.parquet"])


@pytest.mark.parametrize("column", COLUMNS.values(), ids=COLUMNS)
def test_every_column_has_its_line_on_the_page(column: Any) -> None:
    assert f"| `{column.name}` | {column.meaning[0].upper()}{column.meaning[1:]}" in PAGE
