"""All pieces of a history to one tally: in this process, or in several."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

from moderation.backtest.counting import Job, count
from moderation.backtest.tally import Tally
from moderation.errors import ModerationError
from moderation.history.reading import Piece

_AHEAD = 2  # pieces that wait per process

Progress = Callable[[int], None]
"""Told after each piece how many are done."""


def run(job: Job, pieces: Sequence[Piece], processes: int, progress: Progress = lambda done: None) -> Tally:
    """The tally of all pieces; memory holds a piece per process, however long the history is.

    Raises `HistoryError`, and `ModerationError` when a process is killed.
    """
    if processes <= 1 or len(pieces) <= 1:
        return summed((count(job, piece) for piece in pieces), progress)
    os.environ.setdefault("POLARS_MAX_THREADS", "1")  # each process is one core
    try:
        with ProcessPoolExecutor(min(processes, len(pieces)), mp_context=get_context("spawn")) as pool:
            return summed(_in_turn(pool, job, pieces, processes * _AHEAD), progress)
    except BrokenProcessPool:
        raise ModerationError(
            "a process of the backtest was ended from outside, as happens when memory runs out: try fewer --processes"
        ) from None


def _in_turn(pool: ProcessPoolExecutor, job: Job, pieces: Sequence[Piece], ahead: int) -> Iterator[Tally]:
    under_way: deque[Future[Tally]] = deque()
    try:
        for piece in pieces:
            if len(under_way) >= ahead:
                yield under_way.popleft().result()
            under_way.append(pool.submit(count, job, piece))
        while under_way:
            yield under_way.popleft().result()
    finally:
        for future in under_way:
            future.cancel()


def summed(tallies: Iterable[Tally], progress: Progress) -> Tally:
    """The tallies of parts, added up."""
    total = Tally()
    for done, tally in enumerate(tallies, 1):
        total.add(tally)
        progress(done)
    return total
