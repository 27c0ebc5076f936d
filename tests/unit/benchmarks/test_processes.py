"""No child outlives its measurement, and one that dies is noticed with what it said."""

import os
import sys
from pathlib import Path

import pytest

from benchmarks.processes import BenchmarkError, running

_SLEEP = [sys.executable, "-c", "import os, time; print(os.getpid(), flush=True); time.sleep(600)"]


def _pid(log: Path) -> int:
    while not (text := log.read_text(encoding="utf-8")).endswith("\n"):
        pass
    return int(text)


def test_a_child_is_gone_after_an_interrupted_block(tmp_path: Path) -> None:
    log = tmp_path / "child.log"
    pids: list[int] = []

    def interrupted() -> None:
        with running(_SLEEP, log):
            pids.append(_pid(log))
            os.kill(pids[0], 0)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)


def test_a_child_that_dies_ends_the_run_with_its_last_words(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import sys; sys.exit('no model')"]
    with (
        running(command, tmp_path / "worker.log") as child,
        pytest.raises(BenchmarkError, match="no model"),
    ):
        child.finished(60)


def test_children_do_not_see_the_settings_of_the_operator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODERATION_WINDOW", "1")
    names = "import os; print([name for name in os.environ if name.startswith('MODERATION_')])"
    given = {"MODERATION_PROVIDER": "cpu"}
    with running([sys.executable, "-c", names], tmp_path / "child.log", given) as child:
        child.finished(60)
        assert child.output().strip() == "['MODERATION_PROVIDER']"
