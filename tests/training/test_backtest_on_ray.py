"""A backtest as a Ray job gives the figures that it gives in one process."""

from pathlib import Path

import pytest
import ray
from click.testing import CliRunner

from moderation.backtest import on_ray, running
from moderation.backtest.cohorts import ACCOUNT_AGE
from moderation.backtest.counting import Job
from moderation.cli.main import command as moderation
from moderation.errors import HistoryError
from moderation.history.reading import pieces
from moderation.history.writing import write
from tests.unit.backtest.test_tally import NEW, OLD
from tests.unit.history.histories import row


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("history")
    for part in range(5):
        rows = [
            row(n, text__hate=n / 500, facts__account_age_days=n % 50, label__action="remove", label__reasons=["hate"],
                sampling_probability=0.1 if n % 3 else 0.7)
            for n in range(part * 100, part * 100 + 100)
        ]  # fmt: skip
        write(lambda rows=rows: iter(rows), folder / f"{part}.parquet", "parquet")  # type: ignore[misc]
    return folder


@pytest.fixture(scope="module", autouse=True)
def cluster() -> object:
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, configure_logging=False)
    yield
    ray.shutdown()


@pytest.mark.parametrize("old", [None, OLD])
def test_the_tally_is_that_of_one_process(history: Path, old: str | None) -> None:
    job = Job(NEW, old, ACCOUNT_AGE)
    done: list[int] = []
    assert on_ray.run(job, pieces([history]), done.append) == running.run(job, pieces([history]), 1)
    assert done == [1, 2, 3, 4, 5]


def test_the_report_is_the_same_to_the_last_digit(history: Path, tmp_path: Path) -> None:
    (tmp_path / "new.yaml").write_text(NEW)
    arguments = ["policy", "backtest", str(tmp_path / "new.yaml"), "--on", str(history), "--json", "-"]
    with_ray = CliRunner().invoke(moderation, [*arguments, "--ray"])
    assert with_ray.exit_code == 0, with_ray.output
    assert with_ray.stdout == CliRunner().invoke(moderation, arguments).stdout


def test_what_is_wrong_with_a_file_is_told_as_without_ray(tmp_path: Path) -> None:
    (tmp_path / "h.jsonl").write_text('{"schema": "history/1"}\n')
    with pytest.raises(HistoryError, match=r"h.jsonl: line 1: column 'post_id' is empty"):
        on_ray.run(Job(NEW, None, ACCOUNT_AGE), pieces([tmp_path]))
