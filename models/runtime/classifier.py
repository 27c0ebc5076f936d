"""What a model is to the runtime: three phases that can be run, timed and replaced apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from moderation.taxonomy import Category

Array = npt.NDArray[np.floating]
Row = Sequence[int]
"""What stands at one place of a batch: the tokens of one window. Its length is what a batch is bounded by."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """One text as rows for the device: one, or one for each window of a long text.

    `spans` are character offsets of the windows into the text that was prepared, where there is more than one.
    """

    rows: Sequence[Row]
    truncated: bool = False
    spans: tuple[tuple[int, int], ...] = ()


class Classifier(Protocol):
    """One model. `run` is the only phase that touches the device."""

    @property
    def name(self) -> str:
        """`model@version`, as every score names it."""
        ...

    @property
    def categories(self) -> tuple[Category, ...]:
        """What `finish` gives, in order."""
        ...

    @property
    def provider(self) -> str:
        """What it really runs on: 'cpu', 'cuda', 'tensorrt' or 'stub'."""
        ...

    @property
    def sessions(self) -> int:
        """How many runs may be under way at once, numbered from 0."""
        ...

    @property
    def batch_tokens(self) -> int:
        """Padded tokens of one batch that suit the model and the device."""
        ...

    @property
    def pad_to_multiple_of(self) -> int:
        """What the length of a batch's longest row is rounded up to."""
        ...

    def prepare(self, texts: Sequence[str]) -> list[Prepared]:
        """Each text, already normalised, as rows."""
        ...

    def run(self, rows: Sequence[Row], session: int) -> Array:
        """Shape (len(rows), labels). A session runs one batch at a time; any error of the device is raised."""
        ...

    def finish(self, logits: Array) -> Array:
        """Calibrated probabilities in [0, 1], shape (len(logits), len(categories))."""
        ...
