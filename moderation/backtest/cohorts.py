"""Authors in groups: by a fact or another column, numbers in ranges."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl

from moderation.backtest.columns import Leftovers, fact, leftovers
from moderation.errors import ConfigurationError
from moderation.policy.names import Name

NOT_KNOWN = "(not known)"


@dataclass(frozen=True, slots=True)
class Cohorts:
    """The column that groups, and the edges between ranges where it holds numbers."""

    column: str
    edges: tuple[float, ...] = ()

    def of(self, frame: pl.DataFrame) -> pl.Series:
        """The group of every row."""
        strays = leftovers(frame.get_column("other_facts"))
        if not self.edges:
            return self._values(frame, strays)
        ranges = (
            _below(self.edges[0]),
            *(_between(*pair) for pair in pairwise(self.edges)),
            f"{self.edges[-1]:g} or more",
        )
        numbers = fact(frame, Name(self.column, "fact", "number"), strays).to_numpy()
        places = pl.Series(np.searchsorted(self.edges, numbers, side="right"))
        return pl.Series(ranges).gather(places).set(pl.Series(np.isnan(numbers)), NOT_KNOWN)

    def _values(self, frame: pl.DataFrame, strays: Leftovers) -> pl.Series:
        values = frame.get_column(self.column) if self.column in frame.columns else _constant(frame.height)
        if values.dtype.is_numeric():
            values = values.cast(pl.Float64).cast(pl.String).str.strip_suffix(".0")
        found = values.cast(pl.String).fill_null(NOT_KNOWN).to_list()
        own = self.column.removeprefix("facts.")
        for row, facts in strays.items():
            if facts.get(own) is not None:
                found[row] = _text(facts[own])
        return pl.Series(found, dtype=pl.String)

    def order(self, group: str) -> tuple[int, str]:
        """Sort key of a group: ranges from low to high, what is not known last."""
        if group == NOT_KNOWN:
            return (len(self.edges) + 2, "")
        if self.edges and group.endswith(" or more"):
            return (len(self.edges) + 1, "")
        starts = {_between(low, high): place for place, (low, high) in enumerate(pairwise(self.edges), 1)}
        return (starts.get(group, 0), group)


ACCOUNT_AGE = Cohorts("facts.account_age_days", (1, 7, 30, 365))
"""How long an account has existed, in days: what most platforms can tell."""


def parsed(text: str) -> Cohorts:
    """`COLUMN` or `COLUMN:EDGE,EDGE`. Raises `ConfigurationError`."""
    column, _, written = text.partition(":")
    try:
        edges: Sequence[float] = [float(part) for part in written.split(",")] if written else ()
    except ValueError:
        edges = (1, 0)
    if not column or sorted(set(edges)) != list(edges):
        raise ConfigurationError(f"cohorts '{text}': write a column, and for numbers rising edges, such as {_EXAMPLE}")
    return Cohorts(column, tuple(edges))


_EXAMPLE = "facts.account_age_days:1,7,30,365"


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value).removesuffix(".0")


def _below(edge: float) -> str:
    return f"below {edge:g}"


def _between(low: float, high: float) -> str:
    return f"{low:g} to {high:g}"


def _constant(height: int) -> pl.Series:
    return pl.Series([NOT_KNOWN], dtype=pl.String).new_from_index(0, height)
