"""How a stage tells what it is doing."""

from typing import Protocol


class Progress(Protocol):
    """Where a stage says how far it is. The command line shows it as a bar on a terminal, and as lines elsewhere."""

    def say(self, line: str) -> None:
        """A line that stays."""
        ...

    def at(self, share: float, text: str) -> None:
        """`share` in [0, 1] of the stage is done, and `text` is being done."""
        ...
