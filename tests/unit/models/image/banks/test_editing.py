"""Changes to banks: whole or not at all, one after the other, and the index sees them."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.image.banks import Banks, Head
from models.image.banks.bank import entries_file, load
from models.image.banks.editing import add, create, remove
from models.image.banks.hashing import text_of
from moderation.errors import BankError, ModerationError
from tests.unit.models.image.banks.entries import entry, flipped, some

HEAD = Head(kind="block", category="hate")

_ADDS = """
import sys
from pathlib import Path
from models.image.banks.editing import add
from tests.unit.models.image.banks.entries import entry, some
folder, seed = Path(sys.argv[1]), int(sys.argv[2])
for digest in some(10, seed):
    add(folder, "bad", [entry(digest)])
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    create(tmp_path, "bad", HEAD)
    return tmp_path


def test_what_is_added_is_there_once_and_in_order(folder: Path) -> None:
    entries = [entry(digest) for digest in some(3)]
    assert add(folder, "bad", entries[:2]).added == tuple(entries[:2])
    result = add(folder, "bad", [entries[1], entries[2], entries[2]])
    assert result.added == (entries[2],)
    assert result.known == (entries[1], entries[2])
    assert list(load(folder, "bad").entries()) == entries


def test_what_is_removed_is_gone_and_told(folder: Path) -> None:
    entries = [entry(digest) for digest in some(3)]
    add(folder, "bad", entries)
    assert remove(folder, "bad", [entries[1].hash.upper()]) == (entries[1],)
    assert remove(folder, "bad", [entries[1].hash]) == ()
    assert list(load(folder, "bad").entries()) == [entries[0], entries[2]]


def test_lines_that_are_not_changed_stay_as_somebody_wrote_them(folder: Path) -> None:
    line = entry(some(1)[0]).line().replace("Z", "+00:00").upper()
    path = entries_file(folder, "bad")
    path.write_text(path.read_text() + f"{line}\n\n")
    add(folder, "bad", [entry(some(2)[1])])
    assert path.read_text().splitlines()[1] == line


def test_a_bank_is_not_made_twice_and_not_under_any_name(folder: Path) -> None:
    with pytest.raises(BankError, match="there is this bank already"):
        create(folder, "bad", HEAD)
    with pytest.raises(BankError, match="a bank's name has small letters"):
        create(folder, "../bad", HEAD)
    with pytest.raises(BankError, match="there is no such bank"):
        add(folder, "worse", [])
    with pytest.raises(BankError, match="banks cannot be changed here"):
        create(folder / "nowhere", "bad", HEAD)


def test_a_broken_bank_is_not_written_over(folder: Path) -> None:
    path = entries_file(folder, "bad")
    path.write_text(path.read_text() + "half a li")
    before = path.read_bytes()
    with pytest.raises(BankError, match=r"bad.tsv:2"):
        add(folder, "bad", [entry(some(1)[0])])
    assert path.read_bytes() == before


def test_an_entry_that_could_not_be_read_again_is_not_written(folder: Path) -> None:
    before = entries_file(folder, "bad").read_bytes()
    for wrong in ("", "two\tcolumns", "two\nlines"):
        with pytest.raises(ValueError, match="column"):
            add(folder, "bad", [entry(some(1)[0]), entry(some(2)[1], why=wrong)])
    assert entries_file(folder, "bad").read_bytes() == before


def test_a_bank_that_cannot_be_written_stays_as_it_was(folder: Path) -> None:
    path = entries_file(folder, "bad")
    before = path.read_bytes()
    path.with_name(f"{path.name}.part").mkdir()
    with pytest.raises(ModerationError, match="cannot be written"):
        add(folder, "bad", [entry(some(1)[0])])
    assert path.read_bytes() == before


def test_processes_that_add_at_once_lose_nothing(folder: Path) -> None:
    root = Path(__file__).parents[5]
    running = [subprocess.Popen([sys.executable, "-c", _ADDS, str(folder), str(seed)], cwd=root) for seed in range(3)]
    assert [process.wait() for process in running] == [0, 0, 0]
    expected = {text_of(digest) for seed in range(3) for digest in some(10, seed)}
    assert {each.hash for each in load(folder, "bad").entries()} == expected


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.sets(st.integers(0, 11), min_size=1)), max_size=6))
def test_after_any_changes_exactly_what_is_in_the_files_matches(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[bool, set[int]]]
) -> None:
    folder = tmp_path_factory.mktemp("banks")
    create(folder, "bad", HEAD)
    digests = some(12)
    queries = np.array([flipped(digest, *range(3, 34)) for digest in digests])
    there: set[int] = set()
    banks = Banks.load(folder)
    for adds, which in changes:
        if adds:
            add(folder, "bad", [entry(digests[number]) for number in sorted(which)])
            there |= which
        else:
            remove(folder, "bad", [text_of(digests[number]) for number in which])
            there -= which
        banks = Banks.load(folder, banks)
        for number, match in enumerate(banks.match(queries)):
            assert (match is not None) == (number in there)
            assert match is None or (match.distance, match.entry) == (31, entry(digests[number]))
