"""The progress bar of a verb that works through a file, and what it says at the end."""

import time
from collections import Counter
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from moderation.offline import Decided, Refused


class LineProgress:
    """Counts what became of lines, and shows it on standard error where that is a terminal.

    `total_bytes` is the size of the input, None where it is not known.
    """

    def __init__(self, total_bytes: int | None, shown: bool) -> None:
        self.lines = 0
        self.refused = 0
        self.actions: Counter[str] = Counter()
        self.seconds = 0.0
        self._began = time.perf_counter()
        columns = [
            TextColumn("{task.fields[lines]:,} posts, {task.fields[rate]:,.0f}/s"),
            BarColumn(),
            TimeElapsedColumn(),
            *([TextColumn("left"), TimeRemainingColumn()] if total_bytes is not None else []),
        ]
        self._bar = Progress(*columns, console=Console(stderr=True), disable=not shown, transient=True)
        self._task = self._bar.add_task("", total=total_bytes, lines=0, rate=0)

    def __enter__(self) -> "LineProgress":
        self._began = time.perf_counter()
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()
        self.seconds = time.perf_counter() - self._began

    def add(self, window: "Sequence[Decided | Refused]", bytes_read: int) -> None:
        """Count a window; `bytes_read` is how far the input has been read by now."""
        from moderation.offline import Decided

        self.lines += len(window)
        for result in window:
            if isinstance(result, Decided):
                self.actions[result.decision.action] += 1
            else:
                self.refused += 1
        seconds = time.perf_counter() - self._began
        self._bar.update(self._task, completed=bytes_read, lines=self.lines, rate=self.lines / seconds)

    def summary(self) -> str:
        """What became of all lines, in one line."""
        counts = [f"{count:,} {action}" for action, count in self.actions.most_common()]
        if self.refused:
            counts.append(f"{self.refused:,} not valid")
        lines = "line" if self.lines == 1 else "lines"
        return f"{self.lines:,} {lines} in {self.seconds:.1f} s: {', '.join(counts) or 'nothing to decide'}"
