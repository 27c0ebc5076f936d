"""`moderation policy backtest`: what a policy would have decided on posts of the past."""

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from moderation.cli import options
from moderation.cli.moments import MOMENT
from moderation.errors import HistoryError
from moderation.lines import whole_file
from moderation.policy import Policy, load_policy

if TYPE_CHECKING:
    from moderation.backtest.counting import Job
    from moderation.backtest.tally import Tally
    from moderation.history.reading import Piece

KAFKA = "kafka"


@click.command()
@click.argument("new", type=click.Path(path_type=Path))
@click.option(
    "--on",
    "histories",
    required=True,
    multiple=True,
    metavar="HISTORY",
    help=f"A file or folder of `moderation history export`, or '{KAFKA}' for the topics; may be given again.",
)
@click.option(
    "--against",
    "old",
    type=click.Path(path_type=Path),
    help="Compare with this policy; default: what was decided then.",
)
@click.option("--since", type=MOMENT, metavar="TIME", help=f"With --on {KAFKA}: scored from then, e.g. 7d.")
@click.option("--until", type=MOMENT, metavar="TIME", help=f"With --on {KAFKA}: scored before then.")
@click.option(
    "--minutes-per-item", type=click.FloatRange(0, min_open=True), metavar="N", help="Tell review work in hours."
)
@click.option(
    "--cohorts",
    "written",
    metavar="COLUMN[:EDGES]",
    help="Group authors by a fact; numbers by edges. Default: facts.account_age_days:1,7,30,365",
)
@click.option(
    "--examples", type=click.IntRange(0), default=5, show_default=True, help="Posts shown per kind of change."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Other examples.")
@click.option("--processes", type=click.IntRange(1), help="Default: one per core.")
@click.option("--ray", "on_ray", is_flag=True, help="Run as a Ray job, on the cluster that RAY_ADDRESS names.")
@click.option(
    "--json",
    "json_file",
    type=click.Path(allow_dash=True, path_type=Path),
    metavar="FILE",
    help="Write the figures as JSON; - for standard output, instead of the report.",
)
@click.option(
    "--html",
    "html_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the report as a page with plots.",
)
@options.bootstrap
def command(
    new: Path,
    histories: tuple[str, ...],
    old: Path | None,
    since: datetime | None,
    until: datetime | None,
    minutes_per_item: float | None,
    written: str | None,
    examples: int,
    seed: int,
    processes: int | None,
    on_ray: bool,
    json_file: Path | None,
    html_file: Path | None,
    bootstrap: str | None,
) -> None:
    """Tell what the policy NEW would have decided on posts of the past, and compare.

    No model runs: the scores are those of then.
    """
    from moderation.backtest import cohorts
    from moderation.backtest.counting import Job
    from moderation.backtest.report import About, as_json, report
    from moderation.cli.policy.backtested import lines
    from moderation.history.reading import pieces

    policy = load_policy(new)
    before = load_policy(old) if old is not None else None
    grouped = cohorts.parsed(written) if written else cohorts.ACCOUNT_AGE
    job = Job(policy.source, before.source if before else None, grouped, examples, seed)
    with _files(histories, since, until, bootstrap, (policy, before)) as files:
        tally = _counted(job, pieces(files), processes or os.cpu_count() or 1, on_ray)
    _require_posts(tally)
    against = f"{before.name} {before.hash[:12]}" if before else "what was decided then"
    found = report(tally, About(policy, against, grouped, seed, minutes_per_item))
    if json_file is not None:
        _write(json_file, json.dumps(as_json(found), indent=2))  # ASCII: what posts contain must not act on terminals
    if html_file is not None:
        from moderation.backtest.page import page

        _write(html_file, page(found))
    if json_file is None or str(json_file) != "-":
        for line in lines(found):
            click.echo(line)


@contextmanager
def _files(
    histories: tuple[str, ...],
    since: datetime | None,
    until: datetime | None,
    bootstrap: str | None,
    policies: tuple[Policy | None, ...],
) -> Iterator[list[Path]]:
    """The files to read; those that stand for the topics are removed in the end."""
    if KAFKA not in histories and (since or until):
        raise click.UsageError(f"--since and --until go with --on {KAFKA}: files are taken whole")
    with tempfile.TemporaryDirectory(prefix="moderation-backtest-") as folder:
        yield [
            _exported(Path(folder), since, until, bootstrap, policies) if history == KAFKA else Path(history)
            for history in dict.fromkeys(histories)
        ]


def _exported(
    folder: Path,
    since: datetime | None,
    until: datetime | None,
    bootstrap: str | None,
    policies: tuple[Policy | None, ...],
) -> Path:
    from moderation.history.export import export

    with_text = any(own.program.matches for own in policies if own is not None)
    done = export(options.kafka(bootstrap), folder / "topics.parquet", "parquet", since, until, with_text)
    return done.files[0]


def _counted(job: "Job", pieces: "list[Piece]", processes: int, on_ray: bool) -> "Tally":
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from moderation.backtest import on_ray as ray_job
    from moderation.backtest import running

    columns = (TextColumn("{task.completed} of {task.total} parts"), BarColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task("", total=len(pieces))

        def progress(done: int) -> None:
            bar.update(task, completed=done)

        if on_ray:
            return ray_job.run(job, pieces, progress)
        return running.run(job, pieces, processes, progress)


def _require_posts(tally: "Tally") -> None:
    if tally.posts:
        return
    if tally.undecided:
        raise HistoryError(
            f"none of {tally.undecided:,} posts has a 'decision.action' to compare with: "
            "name a policy, --against OLD.yaml"
        )
    raise HistoryError("the history has no posts")


def _write(file: Path, text: str) -> None:
    if str(file) == "-":
        click.echo(text)
        return
    with whole_file(file) as out:
        out.write(f"{text}\n".encode())
