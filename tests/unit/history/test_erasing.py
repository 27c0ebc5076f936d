"""An author's rows are taken out of history files, and nothing else of them changes."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import polars as pl
import pytest

from moderation.history import erasing, writing
from moderation.history.erasing import Taken, take_out
from moderation.lines import whole_file
from tests.unit.history.histories import jsonl, parquet, row


def test_rows_of_the_author_leave_parquet_and_the_others_stay_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasing, "GROUP", 3)
    monkeypatch.setattr(writing, "FILE_ROWS", 10)
    rows = [row(number, author_id=("anna", "ben", None)[number % 3], text=f"text {number}") for number in range(20)]
    first, second = writing.write(lambda: iter(rows), tmp_path / "history", "parquet")
    before = pl.concat([pl.read_parquet(first), pl.read_parquet(second)])
    assert b"text 0" in first.read_bytes()
    assert take_out([tmp_path / "history"], "anna") == [Taken(first, 4), Taken(second, 3)]
    after = pl.concat([pl.read_parquet(first), pl.read_parquet(second)])
    assert after.equals(before.filter(pl.col("author_id").ne_missing("anna")))
    assert b"text 0" not in first.read_bytes()
    assert take_out([tmp_path / "history"], "anna") == [Taken(first, 0), Taken(second, 0)]


def test_lines_of_others_stay_byte_by_byte(tmp_path: Path) -> None:
    file = tmp_path / "h.jsonl"
    others = [b'\xef\xbb\xbf{"author_id": "ben",  "text": "\\u0061nna"}\n', b"\n", b'{"text": "nobody\'s"}\r\n']
    hers = b'{"text": "hers", "author_id": "\\u0061nna"}\n'
    file.write_bytes(b"".join([others[0], hers, others[1], hers, others[2]]))
    file.chmod(0o600)
    assert take_out([file, tmp_path], "anna") == [Taken(file, 2)]
    assert file.read_bytes() == b"".join(others)
    assert file.stat().st_mode & 0o777 == 0o600
    assert [own.name for own in tmp_path.iterdir()] == ["h.jsonl"]


def test_authors_may_be_numbers(tmp_path: Path) -> None:
    table = tmp_path / "a.parquet"
    pl.DataFrame({"author_id": [42, None, 7]}).write_parquet(table)
    lines = tmp_path / "b.jsonl"
    lines.write_bytes(b'{"author_id": 42}\n{"author_id": null}\n{"author_id": 7}\n')
    assert take_out([table, lines], "42") == [Taken(table, 1), Taken(lines, 1)]
    assert take_out([table, lines], "None") == [Taken(table, 0), Taken(lines, 0)]
    assert lines.read_bytes() == b'{"author_id": null}\n{"author_id": 7}\n'


def test_a_file_without_the_author_is_not_written(tmp_path: Path) -> None:
    files = [
        jsonl(tmp_path / "a.jsonl", [row(1, author_id="ben")]),
        parquet(tmp_path / "b.parquet", [row(1, author_id="ben")]),
    ]
    before = [file.stat().st_ino for file in files]
    assert take_out(files, "anna") == [Taken(file, 0) for file in files]
    assert [file.stat().st_ino for file in files] == before


def test_a_file_that_names_no_authors_says_so(tmp_path: Path) -> None:
    table = tmp_path / "a.parquet"
    pl.DataFrame({"post_id": ["p1"]}).write_parquet(table)
    lines = jsonl(tmp_path / "b.jsonl", [row(1)])
    assert take_out([table, lines], "anna") == [Taken(table, None), Taken(lines, None)]


def test_what_is_no_history_is_named_with_its_line_and_left_as_it_is_and_keeps_none_from_the_others(
    tmp_path: Path,
) -> None:
    lines, table, empty = tmp_path / "a.jsonl", tmp_path / "b.parquet", tmp_path / "empty"
    lines.write_bytes(b'{"author_id": "anna"}\n{"author_id": \n')
    table.write_bytes(b"PAR1 and then nothing")
    empty.mkdir()
    whole = jsonl(tmp_path / "c.jsonl", [row(1, author_id="anna")])
    found = {own.file: own for own in take_out([lines, table, empty, whole], "anna")}
    assert f"{lines}: line 2: is not JSON" in str(found[lines].problem)
    assert f"{table}: cannot be read: " in str(found[table].problem)
    assert f"{empty}: has no file" in str(found[empty].problem)
    assert found[whole] == Taken(whole, 1)
    assert lines.read_bytes().count(b"\n") == 2


def test_a_disk_that_is_full_is_called_so_and_the_file_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [
        jsonl(tmp_path / "a.jsonl", [row(1, author_id="anna")]),
        parquet(tmp_path / "b.parquet", [row(1, author_id="anna")]),
    ]
    before = [file.read_bytes() for file in files]

    @contextmanager
    def full(path: Path) -> Iterator[BinaryIO]:
        with whole_file(path) as out:
            yield out
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(erasing, "whole_file", full)
    assert [str(own.problem) for own in take_out(files, "anna")] == [
        f"{file}: cannot be written anew, and is as it was: No space left on device" for file in files
    ]
    assert [file.read_bytes() for file in files] == before
