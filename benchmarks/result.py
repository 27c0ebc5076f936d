"""What a benchmark gives: rows of figures, each with its spread and the goal it is held against."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from benchmarks.stats import median


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound on a figure."""

    bound: Literal["at least", "below"]
    value: float

    def met(self, value: float) -> bool:
        return value >= self.value if self.bound == "at least" else value < self.value


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. `low` and `high` are the extremes of the rounds whose median `value` is; None for a single one."""

    measure: str
    value: float
    unit: str
    low: float | None = None
    high: float | None = None
    goal: Goal | None = None
    note: str = ""


def row(measure: str, values: Sequence[float] | float, unit: str, goal: Goal | None = None, note: str = "") -> Row:
    """The row of one figure, or of the median of several rounds."""
    if isinstance(values, int | float):
        return Row(measure, float(values), unit, goal=goal, note=note)
    return Row(measure, median(values), unit, min(values), max(values), goal, note)


@dataclass(slots=True)
class Result:
    """One benchmark's rows, and details that stand in the JSON only."""

    title: str
    rows: list[Row]
    details: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """For JSON; a goal also says whether it is met."""
        rows = []
        for each in self.rows:
            entry = asdict(each)
            if each.goal is not None:
                entry["goal"]["met"] = each.goal.met(each.value)
            rows.append(entry)
        return {"title": self.title, "rows": rows, "details": self.details}
