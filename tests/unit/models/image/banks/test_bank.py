"""A bank's two files: what is read from them, and what is said of those that are broken."""

from pathlib import Path

import numpy as np
import pytest

from models.image.banks import Banks
from models.image.banks.bank import load
from models.image.banks.entry import HEADER
from moderation.errors import BankError
from tests.unit.models.image.banks.entries import entry, some

DIGESTS = some(3)
HASH = "ab" * 32
LINE = f"{HASH}\tanna\t2026-11-21T10:00:00Z\tseen before\tticket 7"
HEAD = "kind: block\ncategory: hate\n"


def bank_of(folder: Path, *lines: str, head: str = HEAD) -> Path:
    (folder / "bad.yaml").write_text(head, encoding="utf-8")
    (folder / "bad.tsv").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return folder


def test_a_bank_has_the_entries_of_its_file_in_their_order(tmp_path: Path) -> None:
    entries = [entry(digest, why) for digest, why in zip(DIGESTS, ("one", "två", "three"), strict=True)]
    bank = load(bank_of(tmp_path, HEADER, *(each.line() for each in entries)), "bad")
    assert list(bank.entries()) == entries
    assert np.array_equal(bank.digests, DIGESTS)
    assert (bank.head.kind, bank.head.because, bank.head.distance) == ("block", "hate", 31)


def test_what_a_spreadsheet_writes_is_read(tmp_path: Path) -> None:
    bank_of(tmp_path)
    content = f"\ufeff{HEADER}\r\n{LINE.upper()}\r\n\r\n{LINE}".encode()
    (tmp_path / "bad.tsv").write_bytes(content)
    first, second = load(tmp_path, "bad").entries()
    assert (first.hash, first.by, second.source) == (HASH, "ANNA", "ticket 7")


def test_a_bank_without_a_file_of_hashes_is_empty(tmp_path: Path) -> None:
    bank_of(tmp_path)
    (tmp_path / "bad.tsv").unlink()
    assert len(load(tmp_path, "bad")) == 0


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (HASH, "1 columns where there should be 5, tabs between: hash, by, on, why, source"),
        (LINE.replace("ab", "xy", 1), f"{'xy' + HASH[2:]!r} is no PDQ hash: it has 64 hexadecimal digits"),
        (LINE.replace("ab", " a", 1), f"{' a' + HASH[2:]!r} is no PDQ hash: it has 64 hexadecimal digits"),
        (LINE[2:], f"{HASH[2:]!r} is no PDQ hash: it has 64 hexadecimal digits"),
        (LINE.replace("anna", ""), "nobody stands in column 'by': say who added it"),
        (LINE.replace("seen before", "\u00a0"), "nothing stands in column 'why': say why it was added"),
        (LINE.replace("Z", ""), "'2026-11-21T10:00:00' is no time with its zone, such as 2026-11-21T10:00:00Z"),
        (LINE.replace("2026-11-21T", "yesterday "), "'yesterday 10:00:00Z' is no time with its zone, such as"),
        ("<<<<<<< HEAD", "1 columns where there should be 5"),
    ],
)
def test_a_broken_line_is_named_with_what_should_stand_there(tmp_path: Path, line: str, said: str) -> None:
    bank_of(tmp_path, HEADER, LINE, "", line, LINE)
    with pytest.raises(BankError) as caught:
        load(tmp_path, "bad")
    assert str(caught.value).startswith(f"{tmp_path / 'bad.tsv'}:4: {said}")


def test_a_file_without_the_names_of_its_columns_or_in_another_encoding_is_refused(tmp_path: Path) -> None:
    bank_of(tmp_path, LINE)
    with pytest.raises(BankError, match=r"bad.tsv:1: should be the names of the columns, tabs between: hash, by, on"):
        load(tmp_path, "bad")
    (tmp_path / "bad.tsv").write_bytes(f"{HEADER}\n{LINE}\n".encode() + b"\xff\n")
    with pytest.raises(BankError, match=r"bad.tsv:3: not UTF-8"):
        load(tmp_path, "bad")


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("", ":1: should say 'kind: block' or 'kind: allow', and what the bank is for"),
        ("category: hate\n", ":1: 'kind' is missing"),
        ("kind: block\n", ":1: a block bank has a category (toxicity, hate,"),
        ("kind: block\ncategory: hate\nreason: scam\n", ":1: either a category or a reason, not both"),
        ("kind: block\ncategory: hate\ndistance: 32\n", ":3: distance: Input should be less than or equal to 31"),
        ("kind: block\ncategory: hats\n", ":2: category: Input should be 'toxicity', 'hate'"),
        ("kind: block\ncategory: hate\ndistanse: 9\n", ":3: unknown key 'distanse'; known: kind, category, reason,"),
        ("kind: block\nreason: Scam!\n", ":2: reason: a word in small letters, with digits, '-' and '_' after"),
        ("kind: block\ncategory: [hate\n", ":3: not YAML:"),
    ],
)
def test_a_head_that_is_not_right_is_named_with_its_line(tmp_path: Path, head: str, said: str) -> None:
    bank_of(tmp_path, HEADER, head=head)
    with pytest.raises(BankError) as caught:
        load(tmp_path, "bad")
    assert str(caught.value).startswith(f"{tmp_path / 'bad.yaml'}{said}")


def test_an_allow_bank_needs_no_category(tmp_path: Path) -> None:
    assert load(bank_of(tmp_path, HEADER, head="kind: allow\n"), "bad").head.because == ""


def test_files_that_would_be_overlooked_are_named(tmp_path: Path) -> None:
    bank_of(tmp_path, HEADER)
    for name, said in (
        ("more.yml", "call it more.yaml"),
        ("more.csv", "call it more.tsv"),
        ("more.tsv", "more.yaml is missing beside it"),
        ("More.yaml", "a bank's name has small letters"),
    ):
        (tmp_path / name).write_text(HEAD, encoding="utf-8")
        with pytest.raises(BankError, match=said):
            Banks.load(tmp_path)
        (tmp_path / name).unlink()
    for name in ("README.md", ".lock", "bad.tsv.part"):
        (tmp_path / name).write_text("", encoding="utf-8")
    assert [bank.name for bank in Banks.load(tmp_path).banks] == ["bad"]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BankError, match="no folder of hash banks can be read here"):
        Banks.load(tmp_path / "nowhere")
