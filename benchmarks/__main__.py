"""`python -m benchmarks`: measures, writes `benchmarks/results/`, and on request the block in the README."""

import importlib
import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType

import click

from benchmarks import machine, posts, report
from benchmarks.stand import Stand, say
from moderation.errors import MissingDependency, ModerationError

MODULES = {
    "policy": "policy",
    "cel": "cel",
    "backtest": "backtest",
    "lane": "lane",
    "stub": "stub",
    "decode": "decode",
    "clips": "clips",
    "hashes": "hashes",
    "claims": "claims",
    "intake": "intake",
    "latency": "latency",
    "worker": "worker",
    "images": "images",
    "against": "contest",
}
"""Benchmark -> its module, in the order they run, one after the other."""


@click.command()
@click.option("--only", multiple=True, type=click.Choice(list(MODULES)), help="Run this one; may be given again.")
@click.option("--quick", is_flag=True, help="Tiny sizes, to see that everything works; figures mean nothing.")
@click.option("--model", default="text-minilm", show_default=True, help="Text model: a folder or a shipped name.")
@click.option(
    "--bench-python",
    type=click.Path(dir_okay=False, path_type=Path),
    default=machine.ROOT / ".venv-bench" / "bin" / "python",
    help="The interpreter with the contenders' packages; default: of .venv-bench, which `make bench` sets up.",
)
@click.option("--update-readme", is_flag=True, help="Only put the figures of the last runs into README.md.")
def command(only: tuple[str, ...], quick: bool, model: str, bench_python: Path, update_readme: bool) -> None:
    """Measure this machine. Takes a quarter of an hour; let nothing else run meanwhile."""
    if update_readme:
        report.update_readme()
        say("README.md is updated")
        return
    signal.signal(signal.SIGTERM, _interrupt)
    for setting in [name for name in os.environ if name.startswith("MODERATION_KAFKA_")]:
        del os.environ[setting]  # they speak of another broker than ours
    if {"against", "cel", "images"} & {*(only or MODULES)} and not bench_python.is_file():
        raise MissingDependency(f"the contenders' environment is missing ({bench_python}): run make bench")
    folder = report.QUICK if quick else report.RESULTS
    about = machine.description()
    commit = machine.commit()
    load = machine.load_average()
    if not quick and load is not None and load > 0.5:
        say(f"warning: this machine is busy (load {load}): what is measured now will be too low")
    with Stand(posts.load(), model=model, bench_python=bench_python, quick=quick) as stand:
        for name in only or MODULES:
            say(f"{name}")
            began, date = time.monotonic(), machine.now()
            load = machine.load_average()
            result = importlib.import_module(f"benchmarks.{MODULES[name]}").run(stand).to_dict()
            context = {
                "name": name,
                "quick": quick,
                "commit": commit,
                "date": date,
                "took_s": round(time.monotonic() - began, 1),
                "load_before": load,
                "posts": stand.posts.description(),
                "machine": about,
            }
            report.write(name, {**context, **result}, folder)
            report.write_page(folder)
            say(report.table(result["rows"]))
    say(f"written to {folder}")


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main() -> None:
    """Our own errors end with their message, never with a stack trace."""
    try:
        command.main(prog_name="python -m benchmarks", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        say("interrupted; every process is stopped")
        sys.exit(130)
    except ModerationError as error:
        say(f"error: {error}")
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
