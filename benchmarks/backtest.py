"""A backtest of 200 rules on a million posts with two processes: from files to the tally, no model."""

import resource
import sys
import time

from benchmarks import history
from benchmarks.result import Goal, Result, row
from benchmarks.rules import RULES
from benchmarks.stand import Stand, say
from moderation.backtest.cohorts import ACCOUNT_AGE
from moderation.backtest.counting import Job
from moderation.backtest.running import run as backtest
from moderation.history.reading import pieces

_PROCESSES = 2
_ROUNDS = 3
_GOAL_S = 30.0
_MEGABYTE = 1_000_000 if sys.platform == "darwin" else 1_000  # ru_maxrss is in bytes there, in kilobytes elsewhere


def run(stand: Stand) -> Result:
    """Each round starts its processes anew, as the command does."""
    posts = stand.size(1_000_000, 2_000)
    file = stand.folder / "history.parquet"
    history.write(file, posts)
    say(f"  {RULES} rules, {posts:,} posts, {file.stat().st_size / 1e6:,.0f} MB")
    job = Job(stand.policy.read_text(encoding="utf-8"), None, ACCOUNT_AGE)
    seconds, processor = [], []
    for _ in range(_ROUNDS):
        used, began = _processor_seconds(), time.perf_counter()
        tally = backtest(job, pieces([file]), _PROCESSES)
        seconds.append(time.perf_counter() - began)
        processor.append(_processor_seconds() - used)
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / _MEGABYTE
    rows = [
        row(f"backtest, {posts:,} posts, {_PROCESSES} processes", seconds, "s", Goal("below", _GOAL_S)),
        row("posts a second", [posts / own for own in seconds], "1/s"),
        row("processor time of one post", [own / posts * 1e6 for own in processor], "us"),
        row("memory of the largest process", largest, "MB"),
    ]
    changed = sum(count for (before, now), count in tally.matrix.items() if before != now)
    return Result(f"Backtest of {RULES} rules", rows, {"posts": posts, "rounds": _ROUNDS, "changed": changed})


def _processor_seconds() -> float:
    """Of this process and those it has waited for."""
    every = (resource.getrusage(own) for own in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(own.ru_utime + own.ru_stime for own in every)
