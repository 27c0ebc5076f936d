"""Functional tests of hate detection: each case is made to try one thing that a detector must be able to do."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from models.training.judge.intervals import Figure, Flags, Share, share


class Case(Protocol):
    """One case: `functionality` is what it tries, `hateful` whether it must be found, `group` whom it names."""

    @property
    def text(self) -> str: ...
    @property
    def hateful(self) -> bool: ...
    @property
    def functionality(self) -> str: ...
    @property
    def group(self) -> str: ...


class Functionality(Figure):
    """How many cases of one kind were judged right."""

    hateful: bool
    right: Share


class Functions(Figure):
    """The share judged right: of all cases, of those that are hateful, of those that are not, and of each kind."""

    category: str
    threshold: float
    overall: Share
    hateful: Share
    harmless: Share
    by_functionality: dict[str, Functionality]


def functions(cases: Sequence[Case], found: Flags, category: str, threshold: float) -> Functions:
    """`found` is 1-D, one for each case. A functionality with hateful and other cases is reported as two."""
    hateful = np.array([case.hateful for case in cases], bool)
    right = found == hateful
    kinds: dict[tuple[str, bool], list[int]] = {}
    for row, case in enumerate(cases):
        kinds.setdefault((case.functionality, case.hateful), []).append(row)
    both = {name for name, _ in kinds if (name, True) in kinds and (name, False) in kinds}
    return Functions(
        category=category,
        threshold=threshold,
        overall=share(right),
        hateful=share(right[hateful]),
        harmless=share(right[~hateful]),
        by_functionality={
            f"{name} ({'hateful' if harmful else 'not hateful'})" if name in both else name: Functionality(
                hateful=harmful, right=share(right[rows])
            )
            for (name, harmful), rows in kinds.items()
        },
    )
