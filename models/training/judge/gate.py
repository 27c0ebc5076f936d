"""The gate: whether a model stays within the bounds and budgets of its manifest."""

from collections.abc import Iterator
from dataclasses import dataclass

from models.manifest import Manifest
from models.training.judge.cost import Cost
from models.training.judge.evaluation import Evaluation, worst_gaps

AT_LEAST = frozenset({"posts_per_second"})
"""Budgets that are a least; all others are a most."""


@dataclass(frozen=True, slots=True)
class Check:
    """One limit of the manifest and what was measured of it: None where nothing was, which does not pass."""

    name: str
    limit: float
    measured: float | None
    where: str = ""

    @property
    def passed(self) -> bool:
        if self.measured is None:
            return False
        return self.measured >= self.limit if self.name in AT_LEAST else self.measured <= self.limit


def checks(manifest: Manifest, evaluation: Evaluation, cost: Cost) -> list[Check]:
    """Every bound against the evaluation, every budget against `cost`. A limit that is not stated is not checked."""
    found = {name: (value, where) for name, where, value in _bounded(evaluation)}
    bounds = [Check(name, limit, *found.get(name, (None, "not measured"))) for name, limit in manifest.bounds.items()]
    budgets = [Check(name, limit, getattr(cost, name)) for name, limit in manifest.budgets.items()]
    return bounds + budgets


def _bounded(evaluation: Evaluation) -> Iterator[tuple[str, str, float]]:
    """Name of a bound, where the worst was found, and how bad that is."""
    for name, language, gap in worst_gaps(evaluation):
        yield name, f"language {language}", gap
    if evaluation.parity:
        name, widest = max(evaluation.parity.items(), key=lambda item: item[1].auc_delta)
        yield "parity_auc_delta", f"{name} against fp32", widest.auc_delta
        name, most = max(evaluation.parity.items(), key=lambda item: item[1].any.value)
        yield "parity_flipped", f"{name} against fp32", most.any.value


def table(checks: list[Check]) -> str:
    """The checks as aligned lines, the failed ones first and marked."""
    rows = [
        (
            "ok" if check.passed else "OVER" if check.measured is not None else "MISSING",
            check.name,
            f"{'>=' if check.name in AT_LEAST else '<='} {_number(check.limit)}",
            "-" if check.measured is None else _number(check.measured),
            check.where,
        )
        for check in sorted(checks, key=lambda check: check.passed)
    ]
    rows = [("", "limit of the manifest", "limit", "measured", "where"), *rows]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _number(value: float) -> str:
    """Four digits that count, and whole thousands."""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"
