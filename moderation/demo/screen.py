"""The screen: rows scroll by above a footer that counts; plain lines where there is no terminal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console, Group
from rich.live import Live
from rich.rule import Rule
from rich.text import Text

from moderation.demo.board import Board, Dead, Decided
from moderation.demo.rows import ACTION_STYLES, DEAD_STYLE, header, lines_of

_PLAIN_WIDTH = 120
_REDRAWN_PER_S = 8


class Screen:
    """Prints steps of the start, then rows over a footer."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)

    @property
    def width(self) -> int:
        """Columns of a row."""
        return self.console.width if self.console.is_terminal else _PLAIN_WIDTH

    def step(self, what: str, seconds: float) -> None:
        """A step of the start that is done."""
        self._print(Text.assemble(("✓ ", "green"), what, (f"  {seconds:.1f} s", "dim")))

    def note(self, text: str | Text) -> None:
        """A line in between."""
        self._print(Text(text, style="dim") if isinstance(text, str) else text)

    @contextmanager
    def waiting(self, what: str) -> Iterator[None]:
        """Show that something is under way."""
        if not self.console.is_terminal:
            yield
            return
        with self.console.status(Text(what)):
            yield

    @contextmanager
    def rows(self, footer: Callable[[], Text]) -> Iterator[None]:
        """Rows may be added until this ends; `footer` is asked for anew several times a second."""
        self._print(Text())
        self._print(header(self.width))
        if not self.console.is_terminal:
            yield
            return

        def under() -> Group:
            return Group(Rule(style="dim"), footer())

        with Live(get_renderable=under, console=self.console, refresh_per_second=_REDRAWN_PER_S, transient=True):
            yield

    def add(self, row: Decided | Dead) -> None:
        """Print a row."""
        for line in lines_of(row, self.width):
            line.rstrip()
            self._print(line)

    def _print(self, line: Text) -> None:
        self.console.print(line, soft_wrap=True)


def counts(board: Board) -> Text:
    """How many posts stand with each action, the mildest first."""
    found = board.actions
    line = Text()
    line.append(f"{sum(found.values()):,} posts", "bold")
    for action, style in ACTION_STYLES.items():
        if found[action]:
            line.append("  ")
            line.append(f"{found[action]:,} {action}", style)
    if board.dead:
        line.append("  ")
        line.append(f"{board.dead:,} dead", DEAD_STYLE)
    return line
