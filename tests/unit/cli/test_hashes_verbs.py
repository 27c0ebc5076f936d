"""`moderation hashes`, as an operator uses it."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from models.image.banks.bank import entries_file, load
from moderation.cli.main import command as moderation
from moderation.errors import ModerationError
from tests.unit.models.image.banks.pictures import NEAR, photograph, written


def run(*words: object, folder: Path) -> Result:
    return CliRunner().invoke(moderation, ["hashes", *map(str, words), "--banks", str(folder)])


def done(*words: object, folder: Path) -> str:
    result = run(*words, folder=folder)
    assert result.exit_code == 0, result.output
    return result.output


def refused(*words: object, folder: Path) -> str:
    result = run(*words, folder=folder)
    assert isinstance(result.exception, ModerationError), result.output
    return str(result.exception)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    banks = tmp_path / "banks"
    done("create", "bad", "--kind", "block", "--category", "hate", "--description", "known hate", folder=banks)
    return banks


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    return written(tmp_path / "pictures" / "one.png", photograph(1))


def test_a_picture_that_was_added_blocks_its_near_duplicates_and_says_who_added_it_and_why(
    folder: Path, picture: Path, tmp_path: Path
) -> None:
    added = done(
        "add", "bad", picture, "--why", "poster of\na campaign", "--by", "anna", "--source", "ticket 7", folder=folder
    )
    [entry] = load(folder, "bad").entries()
    assert (entry.by, entry.why, entry.source) == ("anna", "poster of a campaign", "ticket 7")
    assert added == f"added    {entry.hash}  {picture}\nbad: 1 added, 0 known already, 0 refused\n"
    near = written(tmp_path / "near.png", NEAR["watermarked"](photograph(1)).transpose(Image.Transpose.FLIP_LEFT_RIGHT))
    result = run("test", near, folder=folder)
    assert result.exit_code == 3
    assert re.sub(r"distance \d+", "distance D", result.output) == (
        f"{near}: blocked by bad (hate)\n"
        f"    block bad, distance D when mirrored: {entry.hash[:16]}... added by anna on {entry.on:%Y-%m-%d}: "
        "poster of a campaign [ticket 7]\n"
        "1 blocked, 0 not looked at; hashes in the banks: 1\n"
    )
    other = written(tmp_path / "other.png", photograph(2))
    assert done("test", other, folder=folder).startswith(f"{other}: no match\n")


def test_an_allow_bank_vetoes_and_whoever_adds_to_one_is_told(folder: Path, picture: Path) -> None:
    done("add", "bad", picture, "--why", "taken for a campaign", folder=folder)
    done("create", "fine", "--kind", "allow", folder=folder)
    note = done("add", "fine", picture, "--why", "a flag", folder=folder)
    assert "is 0 bits from" in note
    assert "in block bank bad (taken for a campaign): of a picture near both, the nearer one decides" in note
    tested = done("test", picture, folder=folder)
    assert f"{picture}: allowed, fine at distance 0 vetoes bad (hate) at distance 0\n" in tested


def test_a_folder_is_added_with_its_pictures_and_the_rest_of_it_is_refused(folder: Path, picture: Path) -> None:
    written(picture.with_name("two.png"), photograph(2))
    written(picture.with_name("same.png"), photograph(2))
    written(picture.with_name("white.png"), Image.new("RGB", (300, 200), "white"))
    picture.with_name("notes.txt").write_text("no picture")
    picture.with_name(".hidden").write_text("not looked at")
    result = run("add", "bad", picture.parent, "--why", "campaign", folder=folder)
    assert result.exit_code == 1
    assert "notes.txt: not an image: " in result.output
    assert "white.png: too flat to be told from others: quality 0, 50 is needed" in result.output
    assert result.output.endswith("bad: 2 added, 0 known already, 2 refused\n")
    again = run("add", "bad", picture, "--why", "campaign", folder=folder)
    assert again.output.endswith("bad: 0 added, 1 known already, 0 refused\n")
    assert run("test", picture.with_name("white.png"), folder=folder).exit_code == 1


def test_hashes_of_others_are_imported_and_what_is_refused_is_named(folder: Path, tmp_path: Path) -> None:
    one, two = "ab" * 32, "0f" * 32
    file = tmp_path / "partner.json"
    file.write_text(json.dumps([{"pdq": one, "description": "scam"}, {"pdq": two}, {"pdq": two}, {"pdq": "ff"}]))
    assert refused("import", "bad", file, folder=folder).endswith(
        "partner.json:2: does not say why; give --why TEXT for those that do not"
    )
    result = run("import", "bad", file, "--why", "a partner's list", "--by", "anna", folder=folder)
    assert result.exit_code == 1
    assert f"refused  {file}:4: 'ff' is no PDQ hash: it has 64 hexadecimal digits\n" in result.output
    assert "bad: 2 added, 0 known already, 1 twice in the file, 1 refused\n" in result.output
    entries = list(load(folder, "bad").entries())
    assert [(each.hash, each.why, each.source) for each in entries] == [
        (one, "scam", "partner.json"),
        (two, "a partner's list", "partner.json"),
    ]
    listed = done("list", "bad", folder=folder)
    assert f"{one}  {entries[0].on:%Y-%m-%d}  anna  scam  partner.json\n" in listed


def test_a_hash_is_removed_by_itself_or_by_its_picture(folder: Path, picture: Path, tmp_path: Path) -> None:
    done("add", "bad", picture, "--hash", "AB" * 32, "--why", "campaign", "--by", "anna", folder=folder)
    entry = list(load(folder, "bad").entries())[1]
    near = written(tmp_path / "near.png", NEAR["half the size"](photograph(1)))
    assert re.search(rf"; the nearest is \d+ bits away: {entry.hash}$", refused("remove", "bad", near, folder=folder))
    said = done("remove", "bad", picture, folder=folder)
    assert said == f"removed  {entry.hash}  added by anna on {entry.on:%Y-%m-%d}: campaign\n"
    done("remove", "bad", "ab" * 32, folder=folder)
    assert len(load(folder, "bad")) == 0
    assert refused("remove", "bad", "ab" * 32, folder=folder) == f"bad has no {'ab' * 32}"
    assert "neither a PDQ hash (64 hexadecimal digits) nor a file" in refused("remove", "bad", "cat", folder=folder)


def test_the_list_shows_what_each_bank_is_for(folder: Path) -> None:
    done("add", "bad", "--hash", "ab" * 32, "--why", "campaign", folder=folder)
    header, row = done("list", folder=folder).splitlines()
    assert header.split() == ["bank", "kind", "category", "distance", "hashes", "last", "added", "description"]
    assert row.split()[:5] == ["bad", "block", "hate", "31", "1"]
    assert row.rstrip().endswith("known hate")


def test_what_is_missing_is_named(folder: Path, picture: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Name picture or clip files, or give --hash HEX" in refused("add", "bad", "--why", "campaign", folder=folder)
    assert "there is no such bank" in refused("add", "worse", picture, "--why", "campaign", folder=folder)
    assert "say why" in refused("add", "bad", picture, "--why", " ", folder=folder)
    assert "say --by NAME" in refused("add", "bad", picture, "--why", "x", "--by", "\x01 ", folder=folder)
    said = refused("create", "other", "--kind", "block", folder=folder)
    assert said.startswith("a block bank has a category (toxicity, hate,")
    assert run("add", "bad", "--hash", "abc", "--why", "campaign", folder=folder).exit_code == 1
    entries_file(folder, "bad").write_text("hash\n")
    assert "bad.tsv:1" in refused("list", folder=folder)
    monkeypatch.delenv("MODERATION_HASH_BANKS", raising=False)
    result = CliRunner().invoke(moderation, ["hashes", "list"])
    assert "Set MODERATION_HASH_BANKS, or give --banks DIR" in str(result.exception)
