"""Why this item comes now, and how long there is for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from moderation.desk.showing import reasons
from moderation.desk.showing.branches import number
from moderation.review.priority import age_of, product_of


@dataclass(frozen=True, slots=True)
class Term:
    """One factor of the priority, and where it comes from."""

    name: str
    factor: str
    why: str


@dataclass(frozen=True, slots=True)
class PriorityShown:
    """The terms, age last, and their product."""

    terms: tuple[Term, ...]
    product: str


@dataclass(frozen=True, slots=True)
class Due:
    """The time until which the item should be answered: `late` once it is over, `soon` in its last quarter."""

    at: datetime
    left: timedelta
    state: Literal["late", "soon", "fine"]


def priority(terms: Mapping[str, Any], opened_at: datetime, half_life: timedelta, now: datetime) -> PriorityShown:
    """The terms as they were set when the task came, and what waiting has added."""
    every = {**terms, "age": age_of(opened_at, half_life, now)}
    shown = (
        Term(
            name,
            number(float(f"{term['factor']:.3g}")),
            reasons.in_words(term["why"]) if name == "harm" else str(term["why"]),
        )
        for name, term in every.items()
    )
    return PriorityShown(tuple(shown), number(float(f"{product_of(every):.3g}")))


def due(due_at: datetime | None, opened_at: datetime, now: datetime) -> Due | None:
    """How it stands with the time."""
    if due_at is None:
        return None
    left = due_at - now
    return Due(due_at, left, "late" if left <= timedelta(0) else "soon" if left < (due_at - opened_at) / 4 else "fine")
