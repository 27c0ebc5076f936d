"""Lists of hashes that others made."""

import csv
import json
from pathlib import Path

import pytest

from models.image.banks.lists import Listed, listed
from moderation.errors import BankError

ONE, TWO = "ab" * 32, "0f" * 32


def read(tmp_path: Path, content: str) -> list[Listed]:
    path = tmp_path / "list"
    path.write_text(content, encoding="utf-8")
    return list(listed(path))


def test_a_plain_list_has_a_hash_a_line_and_perhaps_its_quality_and_file(tmp_path: Path) -> None:
    found = read(tmp_path, f"# from a partner\n{ONE.upper()}\n\n{TWO},100,cat.jpg\n{TWO},49,dog.jpg\nnonsense\n")
    assert found[:2] == [Listed(2, ONE), Listed(4, TWO, source="cat.jpg")]
    assert [(each.at, each.refused) for each in found[2:]] == [
        (5, "quality 49: below 50 a hash means nothing"),
        (6, "'nonsense' is no PDQ hash: it has 64 hexadecimal digits"),
    ]


@pytest.mark.parametrize("comma", [",", ";", "\t"])
def test_columns_of_csv_are_found_by_their_names(tmp_path: Path, comma: str) -> None:
    rows = [("id", "Type", "Indicator", "description"), ("1", "HASH_PDQ", ONE, "bridge"), ("2", "HASH_MD5", "ff", "x")]
    found = read(tmp_path, "\n".join(comma.join(row) for row in rows))
    assert found[0] == Listed(2, ONE, "bridge", "1")
    assert found[1].refused == "a hash of type HASH_MD5, not PDQ"


def test_a_banks_own_file_can_be_imported(tmp_path: Path) -> None:
    lines = [f'{ONE}\tanna\t2026-11-21T10:00:00Z\t"scam\tticket 7', f"{TWO}\tanna\t2026-11-21T10:00:00Z\tflag\t"]
    assert read(tmp_path, "\n".join(["hash\tby\ton\twhy\tsource", *lines])) == [
        Listed(2, ONE, '"scam', "ticket 7"),
        Listed(3, TWO, "flag"),
    ]


def test_a_list_that_the_csv_reader_gives_up_on_is_refused(tmp_path: Path) -> None:
    before = csv.field_size_limit(100_000)  # of the whole process: others raise it
    try:
        with pytest.raises(BankError, match=r"list:2: not CSV: field larger than field limit"):
            read(tmp_path, f"hash,why\n{ONE},{'x' * 200_000}\n")
    finally:
        csv.field_size_limit(before)


def test_answers_of_threatexchange_are_read(tmp_path: Path) -> None:
    indicator = {"id": "30580617", "indicator": ONE, "type": "HASH_PDQ", "status": "MALICIOUS", "should_delete": False}
    descriptor = {
        "indicator": {"indicator": TWO, "type": "HASH_PDQ", "id": "2"},
        "description": "bridge",
        "owner": {"id": "7", "name": "A Member"},
    }
    deleted = indicator | {"should_delete": True}
    harmless = indicator | {"status": "NON_MALICIOUS"}
    page = {"data": [indicator, descriptor, deleted, harmless], "paging": {"next": "..."}}
    found = read(tmp_path, json.dumps(page))
    assert found[:2] == [Listed(1, ONE, source="30580617"), Listed(2, TWO, "bridge", "A Member")]
    assert [each.refused for each in found[2:]] == ["its source has deleted it", "its source calls it NON_MALICIOUS"]
    [allowed] = [each for each in listed(tmp_path / "list", "allow") if each.harmless]
    assert (allowed.hash, allowed.refused) == (ONE, None)
    assert [each.hash for each in read(tmp_path, json.dumps([page, page]))] == [ONE, TWO, ONE, ONE] * 2


def test_json_may_be_a_list_of_hashes_or_an_object_a_line(tmp_path: Path) -> None:
    assert [each.hash for each in read(tmp_path, json.dumps([ONE, TWO]))] == [ONE, TWO]
    lines = "\n".join(json.dumps({"signal_type": "pdq", "signal_value": each}) for each in (ONE, TWO))
    assert [each.hash for each in read(tmp_path, lines)] == [ONE, TWO]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"data": [}', "list: not JSON: Expecting value: line 1"),
        ('{"people": [{"name": "anna"}]}', "no hashes are found in this JSON"),
        ("[" * 100_000, "JSON too deep"),
    ],
)
def test_json_that_is_no_list_of_hashes_is_refused(tmp_path: Path, content: str, said: str) -> None:
    with pytest.raises(BankError, match=said):
        read(tmp_path, content)


def test_a_picture_in_place_of_a_list_is_refused_with_the_right_verb(tmp_path: Path) -> None:
    (tmp_path / "list").write_bytes(b"\xff\xd8\xff\xe0")
    with pytest.raises(BankError, match="for pictures: hashes add"):
        listed(tmp_path / "list")
