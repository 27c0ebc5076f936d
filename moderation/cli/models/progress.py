"""How far a stage is: a bar on a terminal, lines elsewhere."""

import sys
import time
from types import TracebackType

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

_SECONDS_BETWEEN_LINES = 20.0


class StageProgress:
    """A `models.training.progress.Progress` on standard error."""

    def __init__(self, name: str) -> None:
        self._shown = sys.stderr.isatty()
        self._console = Console(stderr=True)
        columns = (BarColumn(), TaskProgressColumn(), TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn())
        self._bar = Progress(
            TextColumn("{task.description}"), *columns, console=self._console, disable=not self._shown, transient=True
        )
        self._task = self._bar.add_task(name, total=1.0)
        self._last = 0.0

    def __enter__(self) -> "StageProgress":
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def say(self, line: str) -> None:
        """A line that stays."""
        if self._shown:
            self._bar.print(line, markup=False, highlight=False)
        else:
            click.echo(line, err=True)

    def at(self, share: float, text: str) -> None:
        """`share` in [0, 1] of the stage is done, and `text` is being done."""
        self._bar.update(self._task, completed=share, description=text)
        if not self._shown and time.monotonic() - self._last > _SECONDS_BETWEEN_LINES:
            self._last = time.monotonic()
            click.echo(f"{share:4.0%} {text}", err=True)
