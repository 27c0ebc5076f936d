"""Threads that keep every session busy: each takes the next ready batch, whichever window it came from."""

import asyncio
import contextlib
import logging
import queue
import threading
from collections.abc import Callable, Sequence

import numpy as np

from models.runtime.batcher import batches
from models.runtime.classifier import Classifier, Row

log = logging.getLogger(__name__)

_Place = tuple["Task", int]
_BATCHES_AHEAD = 8  # per session: enough to never run dry while the next window is prepared, and little memory


class Task:
    """Rows that are done together: `values[i]` are the probabilities of row i, rounded to 6 decimals, or None.

    `error` says what went wrong with a row, if something did.
    """

    __slots__ = ("error", "left", "rows", "values")

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows
        self.values: list[list[float] | None] = [None] * len(rows)
        self.left = len(rows)
        self.error: str | None = None


class Pool:
    """Runs tasks on the sessions of one classifier.

    `settled` is called on a session's thread with the tasks that one batch brought to their end; it must not raise.
    """

    def __init__(
        self, classifier: Classifier, settled: Callable[[Sequence[Task]], None], batch_tokens: int | None = None
    ) -> None:
        self.classifier = classifier
        self.batch_tokens = batch_tokens or classifier.batch_tokens
        self._settled = settled
        self._queue: queue.Queue[list[_Place] | None] = queue.Queue(classifier.sessions * _BATCHES_AHEAD)
        self._lock = threading.Lock()
        self._announced = 0
        self._waiting = 0
        self._last_window = 0
        self._waiters: list[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = []
        self._threads = [
            threading.Thread(target=self._serve, args=(session,), name=f"session-{session}", daemon=True)
            for session in range(classifier.sessions)
        ]
        for thread in self._threads:
            thread.start()

    def announce(self) -> None:
        """Tasks are being prepared: until `put` is called once, the pool is not ready for more."""
        with self._lock:
            self._announced += 1

    def put(self, tasks: Sequence[Task]) -> None:
        """Form batches over all rows of the tasks and queue them; blocks while the queue is full."""
        try:
            places = [(task, index) for task in tasks for index in range(len(task.rows))]
            lengths = [len(task.rows[index]) for task, index in places]
            with self._lock:
                self._waiting += len(places)
                self._last_window = len(places)
            for batch in batches(lengths, self.batch_tokens, self.classifier.pad_to_multiple_of):
                self._queue.put([places[index] for index in batch])
        finally:
            with self._lock:
                self._announced -= 1
            self._wake_waiters()

    async def ready(self) -> None:
        """Return when nothing is being prepared and at most half of the last window's rows wait.

        Preparing a window takes about a tenth of the time of running it: with half of it left no session stands
        idle under load, and a small window hardly waits behind others.
        """
        # A call that was made a task just now must announce itself first.
        await asyncio.sleep(0)
        while True:
            with self._lock:
                if self._is_ready():
                    return
                loop = asyncio.get_running_loop()
                waiter = loop.create_future()
                self._waiters.append((loop, waiter))
            await waiter

    def close(self) -> None:
        """End the threads after what is queued; blocks until they have ended."""
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join()

    def _is_ready(self) -> bool:
        return not self._announced and 2 * self._waiting <= self._last_window

    def _wake_waiters(self) -> None:
        with self._lock:
            if not self._waiters or not self._is_ready():
                return
            waiters, self._waiters = self._waiters, []
        for loop, waiter in waiters:
            call_soon(loop, _set_done, waiter)

    def _serve(self, session: int) -> None:
        while (batch := self._queue.get()) is not None:
            with self._lock:
                self._waiting -= len(batch)
            self._wake_waiters()
            self._run(batch, session)

    def _run(self, batch: list[_Place], session: int) -> None:
        try:
            results = self._values([task.rows[index] for task, index in batch], session)
        except Exception as error:
            if len(batch) > 1:
                # Out of memory, or one row the model cannot take: the others must not suffer for it.
                log.warning("%d rows failed together on session %d, trying each alone: %s", len(batch), session, error)
                for place in batch:
                    self._run([place], session)
                return
            results = [one_line(error)]
            log.error("a row failed on session %d: %s", session, results[0])
        self._deliver(batch, results)

    def _values(self, rows: list[Row], session: int) -> list[list[float] | str]:
        """The values of each row, or what is wrong with them."""
        probabilities = self.classifier.finish(self.classifier.run(rows, session))
        expected = (len(rows), len(self.classifier.categories))
        if probabilities.shape != expected:
            raise ValueError(f"gave an output of shape {probabilities.shape}, not {expected}")
        values: list[list[float] | str] = probabilities.astype(np.float64).round(6).tolist()
        if not np.isfinite(probabilities).all():
            values = [row if np.isfinite(row).all() else "gave a score that is not a number" for row in values]
        return values

    def _deliver(self, batch: list[_Place], results: Sequence[list[float] | str]) -> None:
        ended = []
        with self._lock:
            for (task, index), result in zip(batch, results, strict=True):
                if isinstance(result, str):
                    task.error = result
                else:
                    task.values[index] = result
                task.left -= 1
                if not task.left:
                    ended.append(task)
        if ended:
            self._settled(ended)


def call_soon(loop: asyncio.AbstractEventLoop, callback: Callable[..., object], *args: object) -> None:
    """`loop.call_soon_threadsafe`, or nothing when the loop has been closed: then nobody waits there."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(callback, *args)


def _set_done(waiter: "asyncio.Future[None]") -> None:
    if not waiter.done():
        waiter.set_result(None)


def one_line(error: BaseException) -> str:
    """The message without line breaks, short: it stands in a record."""
    return " ".join(f"{str(error) or type(error).__name__}".split())[:300]
