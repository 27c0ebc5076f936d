"""The demonstration's folder goes with it, however it ends."""

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from moderation.demo.folder import own_folder
from moderation.errors import ModerationError

HELD = "from moderation.demo.folder import own_folder\nwith own_folder() as f: print(f, flush=True); input()"


@pytest.fixture(autouse=True)
def _own_temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def another() -> tuple[subprocess.Popen[str], Path]:
    process = subprocess.Popen([sys.executable, "-c", HELD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def test_it_is_gone_at_the_end_and_when_it_is_interrupted() -> None:
    with own_folder() as folder:
        (folder / "desk.db").touch()
    assert not folder.exists()
    with pytest.raises(KeyboardInterrupt), own_folder() as folder:
        raise KeyboardInterrupt
    assert not folder.exists()


def test_it_stays_after_an_error_whose_logs_it_has_until_the_next_one() -> None:
    with pytest.raises(ModerationError), own_folder() as folder:
        raise ModerationError("see the logs")
    assert folder.exists()
    with own_folder():
        assert not folder.exists()


def test_that_of_one_that_was_killed_is_removed_by_the_next_and_that_of_one_that_runs_is_not(tmp_path: Path) -> None:
    (tmp_path / "moderation-demo-of-somebody").mkdir()
    killed, left = another()
    killed.kill()
    killed.communicate()
    running, kept = another()
    assert not left.exists()
    with own_folder():
        assert kept.exists()
    running.communicate("\n")
    assert not kept.exists()
    assert (tmp_path / "moderation-demo-of-somebody").exists()
