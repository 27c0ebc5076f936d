"""What the installed models provide, as far as a policy can depend on it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Provided:
    """One signal. `low` and `high` enclose the scores it had when the model was evaluated, where that was noted."""

    model: str
    calibrated: bool = True
    low: float = 0.0
    high: float = 1.0
    models: frozenset[str] = frozenset()
    """All of them, where several give it."""
    values: frozenset[str] | None = None
    """Of a text: all that it can be, besides ''; None where that is not known."""


Installed = Mapping[str, Provided]
"""Signal -> who provides it, and how far it can be trusted."""
