"""Banks that change while they are in use."""

import asyncio
import logging
from pathlib import Path

import pytest

from models.image.banks import BanksInForce, Head
from models.image.banks.bank import entries_file, head_file
from models.image.banks.editing import add, create, remove
from moderation.errors import BankError
from tests.unit.models.image.banks.entries import entry, some

ONE, TWO = (digest[None] for digest in some(2))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    create(tmp_path, "bad", Head(kind="block", category="hate"))
    add(tmp_path, "bad", [entry(ONE[0])])
    return tmp_path


def matches(in_force: BanksInForce) -> tuple[bool, bool]:
    one, two = (in_force.banks.match(each)[0] is not None for each in (ONE, TWO))
    return one, two


def test_what_is_added_and_removed_takes_effect_at_the_next_look(folder: Path) -> None:
    in_force = BanksInForce(folder)
    assert matches(in_force) == (True, False)
    assert not in_force.refresh()
    add(folder, "bad", [entry(TWO[0])])
    assert in_force.refresh()
    assert matches(in_force) == (True, True)
    remove(folder, "bad", [entry(ONE[0]).hash])
    assert in_force.refresh()
    assert matches(in_force) == (False, True)
    assert in_force.version == 2


def test_new_banks_and_other_distances_take_effect_and_banks_that_did_not_change_are_kept(folder: Path) -> None:
    in_force = BanksInForce(folder)
    [before] = in_force.banks.banks
    create(folder, "worse", Head(kind="block", category="weapon"))
    add(folder, "worse", [entry(TWO[0])])
    assert in_force.refresh()
    assert matches(in_force) == (True, True)
    assert in_force.banks.banks[0] is before
    head_file(folder, "worse").unlink()
    entries_file(folder, "worse").unlink()
    assert in_force.refresh()
    assert matches(in_force) == (True, False)


def test_a_change_that_cannot_be_read_keeps_the_old_banks_and_is_logged_once(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    in_force = BanksInForce(folder)
    path = entries_file(folder, "bad")
    good = path.read_text()
    path.write_text(good + "half a li")
    with caplog.at_level(logging.ERROR):
        assert [in_force.refresh() for _ in range(3)] == [False, False, False]
    [record] = caplog.records
    assert f"{path}:3: 1 columns" in record.getMessage()
    assert in_force.problem is not None
    assert in_force.version == 0
    assert matches(in_force) == (True, False)
    path.write_text(good)
    assert in_force.refresh()
    assert in_force.problem is None


def test_a_folder_that_is_gone_keeps_the_old_banks(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    in_force = BanksInForce(folder)
    folder.rename(folder.with_name("elsewhere"))
    assert not in_force.refresh()
    assert not in_force.refresh()
    assert len(caplog.records) == 1
    assert matches(in_force) == (True, False)
    folder.with_name("elsewhere").rename(folder)
    in_force.refresh()
    assert in_force.problem is None


def test_it_does_not_begin_with_banks_that_cannot_be_read(folder: Path) -> None:
    head_file(folder, "bad").write_text("kind: blok\n")
    with pytest.raises(BankError, match=r"bad.yaml:1"):
        BanksInForce(folder)


def test_without_a_folder_there_are_no_banks() -> None:
    in_force = BanksInForce(None)
    assert not in_force.refresh()
    assert matches(in_force) == (False, False)


def test_it_follows_the_files_until_it_is_cancelled(folder: Path) -> None:
    changed = asyncio.Event()

    async def followed() -> None:
        loop = asyncio.get_running_loop()

        class Telling(BanksInForce):
            def refresh(self) -> bool:
                if found := super().refresh():
                    loop.call_soon_threadsafe(changed.set)
                return found

        in_force = Telling(folder)
        following = asyncio.create_task(in_force.follow(every_s=0.001))
        await asyncio.to_thread(add, folder, "bad", [entry(TWO[0])])
        await changed.wait()
        assert matches(in_force) == (True, True)
        following.cancel()
        with pytest.raises(asyncio.CancelledError):
            await following

    asyncio.run(asyncio.wait_for(followed(), 30))
