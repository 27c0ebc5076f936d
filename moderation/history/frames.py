"""Rows as typed columns: each column one type, and what facts have besides in `other_facts`."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import polars as pl

from moderation.errors import HistoryError
from moderation.history.rows import Row
from moderation.history.schema import COLUMNS, Kind
from moderation.policy.reading import number_in
from moderation.policy.threevalued import LARGEST
from moderation.signals import SIGNALS

MAX_FACTS = 300
"""Facts with a column of their own; rarer ones stand in `other_facts`."""

DTYPES: dict[Kind, Any] = {
    "string": pl.String,
    "number": pl.Float64,
    "integer": pl.Int64,
    "boolean": pl.Boolean,
    "strings": pl.List(pl.String),
    "time": pl.Datetime("us", "UTC"),
}
MEANT: dict[Kind, str] = {
    "string": "a string",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "strings": "a list of strings",
    "time": "a time in ISO 8601 with its zone, such as 2026-03-01T12:00:00Z",
}


def kinds_of(rows: Iterable[Row]) -> dict[str, Kind]:
    """The columns that rows have, in order, each with the kind that most of its values are of."""
    seen: dict[str, Counter[Kind]] = {}
    for row in rows:
        for name, value in row.items():
            if value is not None and name not in COLUMNS:
                seen.setdefault(name, Counter())[_kind(value)] += 1
    facts = sorted((name for name in seen if _is_fact(name)), key=lambda name: (-seen[name].total(), name))
    kept = [*sorted(name for name in seen if not _is_fact(name)), *sorted(facts[:MAX_FACTS])]
    own = {name: seen[name].most_common(1)[0][0] for name in kept}
    return {**{column.name: column.kind for column in COLUMNS.values()}, **own}


def _kind(value: Any) -> Kind:
    return "boolean" if isinstance(value, bool) else "string" if isinstance(value, str) else "number"


def _is_fact(name: str) -> bool:
    return name.startswith("facts.")


def frame(rows: Sequence[Row], kinds: Mapping[str, Kind], place: Callable[[int], str]) -> pl.DataFrame:
    """Rows as columns. `place` says where a row, counted from 0, stands, for errors.

    Raises `HistoryError` for a value that its column cannot hold; a fact goes to `other_facts` instead, an attribute
    is left out, because a policy, too, takes one of another type for unknown.
    """
    columns: dict[str, list[Any]] = {}
    for name, kind in kinds.items():
        fitting = FITTING[kind]
        columns[name] = values = [None if (raw := row.get(name)) is None else fitting(raw) for row in rows]
        if name in COLUMNS or (name in SIGNALS and SIGNALS[name].type == "score"):
            for index, (value, row) in enumerate(zip(values, rows, strict=True)):
                if value is None and row.get(name) is not None:
                    raise wrong(place(index), name, row[name], kind)
    _leave_over(columns, rows, place)
    return pl.DataFrame(columns, schema={name: DTYPES[kind] for name, kind in kinds.items()})


def _leave_over(columns: dict[str, list[Any]], rows: Sequence[Row], place: Callable[[int], str]) -> None:
    for index, row in enumerate(rows):
        left = {
            name[len("facts.") :]: value
            for name, value in row.items()
            if value is not None and _is_fact(name) and (name not in columns or columns[name][index] is None)
        }
        if left:
            given = columns["other_facts"][index]
            columns["other_facts"][index] = json.dumps({**(other_facts(given, place(index)) if given else {}), **left})


def other_facts(text: str, place: str) -> dict[str, Any]:
    """The facts in a cell of `other_facts`."""
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise wrong(place, "other_facts", text, "a JSON object")
    return found


def wrong(place: str, column: str, value: Any, wanted: str) -> HistoryError:
    """The error of a value that cannot stand in its column."""
    shown = repr(value)
    shown = shown if len(shown) <= 60 else f"{shown[:57]}..."
    meant = MEANT.get(wanted, wanted)  # type: ignore[call-overload]
    return HistoryError(f"{place}: column '{column}' has {shown}, it must be {meant}; see docs/history.md")


def _number(raw: Any) -> float | None:
    return number_in(raw, -LARGEST, LARGEST)


def _integer(raw: Any) -> int | None:
    number = _number(raw)
    return int(number) if number is not None and number == int(number) and abs(number) < 2**63 else None


def _time(raw: Any) -> datetime | None:
    if not isinstance(raw, str):
        return None
    try:
        time = datetime.fromisoformat(raw)
        return time.astimezone(UTC) if time.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _strings(raw: Any) -> list[str] | None:
    return raw if isinstance(raw, list) and all(isinstance(item, str) for item in raw) else None


FITTING: dict[Kind, Callable[[Any], Any]] = {
    "string": lambda raw: raw if isinstance(raw, str) else None,
    "number": _number,
    "integer": _integer,
    "boolean": lambda raw: raw if isinstance(raw, bool) else None,
    "strings": _strings,
    "time": _time,
}
"""Kind -> the value as its column holds it, None where it cannot."""
