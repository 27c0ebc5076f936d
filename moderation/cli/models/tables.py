"""Plain tables: as wide as the terminal, and wide enough for every column where there is none."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from moderation.cli.printable import printable

_WIDTH = 140  # of a pipe or a file


def print_table(header: Sequence[str], rows: Iterable[Sequence[str | int | float]], fold: str = "") -> None:
    """Numbers stand right, and in thousands; the column `fold` goes on in another line where it is too long."""
    content = [list(row) for row in rows]
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for place, name in enumerate(header):
        numbers = bool(content) and all(isinstance(row[place], int | float) for row in content)
        table.add_column(name, justify="right" if numbers else "left", no_wrap=name != fold)
    for row in content:
        table.add_row(*(Text(printable(cell) if isinstance(cell, str) else f"{cell:,}") for cell in row))
    console = Console()
    (console if console.is_terminal else Console(width=_WIDTH)).print(table)
