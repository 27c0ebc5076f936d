"""A history's columns as the values that a compiled policy runs on: what `Program` reads off a record, for many."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import polars as pl

from moderation.events import LANES, LaneName
from moderation.history.frames import other_facts
from moderation.history.schema import Kind
from moderation.policy import Policy
from moderation.policy.names import Name, hidden_by, is_partial, part, stands
from moderation.policy.reading import accepted
from moderation.policy.threevalued import Interval
from moderation.policy.wording import Wording

_NOTHING: Mapping[int, Interval] = {}
_WORD = 62  # places to one 64-bit word


@dataclass(frozen=True, slots=True)
class Filled:
    """Rows ready to run: values of the base names by place, unknown and pending places as bits.

    `parts` bound the numbers of which a part is known, as `Program.find` takes them.
    """

    values: Iterator[tuple[Any, ...]]
    unknown: Sequence[int]
    pending: Sequence[int]
    parts: Iterable[Mapping[int, Interval]]


class Columns:
    """Where each base name of a policy stands in a history."""

    def __init__(self, policy: Policy) -> None:
        program = policy.program
        self._names = tuple(name for place, name in enumerate(program.names) if program.is_base(place))
        self._finders = dict(program.matches)
        self.names: dict[str, Kind] = {
            name.name: name.type for place, name in enumerate(self._names) if place not in self._finders
        }
        self.names |= dict.fromkeys((by for name in self._names if (by := hidden_by(name)) is not None), "boolean")
        """The columns that the policy looks at, with what they hold."""
        self.found_in_texts = frozenset(self._names[place].name for place in self._finders)
        """The names whose values are found in the text of a post."""

    def fill(self, frame: pl.DataFrame, states: "States") -> Filled:
        """The values of every row."""
        found = self._found(frame.get_column("text"))
        strays = leftovers(frame.get_column("other_facts"))
        columns: list[pl.Series] = []
        unknown = _Bits(frame.height)
        pending = _Bits(frame.height)
        for place, name in enumerate(self._names):
            column = found[place] if place in found else _column(frame, name, states, strays)
            columns.append(column)
            unknown.add(place, column.is_null())
            if name.lane is not None and states.any_pending(name.lane):
                pending.add(place, states.of(name.lane) == "pending")
        values = zip(*(column.to_list() for column in columns), strict=True) if columns else repeat((), frame.height)
        return Filled(iter(values), unknown.numbers(), pending.numbers(), self._parts(frame, states))

    def _parts(self, frame: pl.DataFrame, states: "States") -> Iterable[Mapping[int, Interval]]:
        """Per row, by place: what a failed lane had found, and scores of writing of which some could not be read."""
        rows: dict[int, dict[int, Interval]] = {}
        for place, name in enumerate(self._names):
            if name.lane is None or not is_partial(name):
                continue
            hidden = _hidden(frame, name)
            if states.any_failed(name.lane) or hidden.any():
                values = _typed(frame, name)
                state = states.of(name.lane)
                there = ((state == "failed") | ((state == "scored") & hidden)) & values.is_not_null()
                for row in there.fill_null(value=False).arg_true().to_list():
                    rows.setdefault(row, {})[place] = part(name, values[row])
        return [rows.get(row, _NOTHING) for row in range(frame.height)] if rows else repeat(_NOTHING, frame.height)

    def _found(self, texts: pl.Series) -> dict[int, pl.Series]:
        """What is found in texts, by place; null where there is no text."""
        if not self._finders:
            return {}
        wordings = [None if text is None else Wording(text) for text in texts]
        return {
            place: pl.Series(
                [None if wording is None else find(wording) for wording in wordings],
                dtype=pl.Boolean if self._names[place].type == "boolean" else pl.Float64,
            )
            for place, find in self._finders.items()
        }


class States:
    """The state of every lane on every row. Where a row tells of no lane, those have scored that have a value."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self._states = {lane: _states(frame, lane) for lane in LANES}
        self._pending = {lane for lane in LANES if (self._states[lane] == "pending").any()}
        self._failed = {lane for lane in LANES if (self._states[lane] == "failed").any()}

    def of(self, lane: LaneName) -> pl.Series:
        """Per row: `scored`, `nothing_to_score`, `pending` or `failed`."""
        return self._states[lane]

    def any_pending(self, lane: LaneName) -> bool:
        """Whether any row waits for the lane."""
        return lane in self._pending

    def any_failed(self, lane: LaneName) -> bool:
        """Whether the lane failed on any row."""
        return lane in self._failed

    def waiting(self) -> list["Waiting"]:
        """Per row, the lanes that are awaited and those that failed."""
        code = sum(
            (
                (self._states[lane] == state).cast(pl.Int64) * (weight << 2 * place)
                for place, lane in enumerate(LANES)
                for weight, state in ((1, "pending"), (2, "failed"))
            ),
            pl.zeros(self._states[LANES[0]].len(), dtype=pl.Int64, eager=True),
        )
        return [_WAITING[own] for own in code.to_list()]


Waiting = tuple[tuple[LaneName, ...], tuple[LaneName, ...]]
"""Lanes that are pending, and lanes that failed."""


def _waiting(code: int) -> Waiting:
    state = {lane: code >> 2 * place & 3 for place, lane in enumerate(LANES)}
    return (
        tuple(lane for lane in LANES if state[lane] == 1),
        tuple(lane for lane in LANES if state[lane] == 2),
    )


_WAITING = tuple(map(_waiting, range(4 ** len(LANES))))

SETTLED = _WAITING[0]
"""No lane is awaited and none failed."""


def _states(frame: pl.DataFrame, lane: LaneName) -> pl.Series:
    own = [name for name in frame.columns if name.startswith(f"{lane}.")]
    untold = pl.all_horizontal(pl.col([f"lanes.{each}" for each in LANES]).is_null())
    scored = untold & pl.any_horizontal(pl.col(own).is_not_null()) if own else pl.lit(value=False)
    state = (
        pl.when(pl.col(f"lanes.{lane}").is_not_null())
        .then(pl.col(f"lanes.{lane}").str.split(":").list.first())
        .when(scored)
        .then(pl.lit("scored"))
        .otherwise(pl.lit("nothing_to_score"))
    )
    return frame.select(state.alias(lane)).get_column(lane)


Leftovers = dict[int, dict[str, Any]]
"""Row -> its facts that stand in no column of their own."""


def leftovers(cells: pl.Series) -> Leftovers:
    """Those of a column `other_facts`."""
    return {
        int(index): other_facts(cells[int(index)], f"row {index}") for index in cells.is_not_null().arg_true().to_list()
    }


def _column(frame: pl.DataFrame, name: Name, states: States, strays: Leftovers) -> pl.Series:
    """The values of one name, null where unknown."""
    if name.kind == "fact":
        return fact(frame, name, strays)
    values = _typed(frame, name)
    if name.lane is None:
        return values
    zero = pl.lit(name.zero, dtype=values.dtype)
    nothing = zero if name.kind == "signal" else pl.coalesce(pl.col("value"), zero)
    table = pl.DataFrame({"value": values, "state": states.of(name.lane), "hidden": _hidden(frame, name)})
    return table.select(
        pl.when((pl.col("state") == "scored") & ~pl.col("hidden"))
        .then(pl.col("value"))
        .when(pl.col("state") == "nothing_to_score")
        .then(nothing)
        .when(pl.lit(stands(name)) & (pl.col("state") == "failed") & (pl.col("value") != zero))
        .then(pl.col("value"))
        .alias("value")
    ).get_column("value")


def _hidden(frame: pl.DataFrame, name: Name) -> pl.Series:
    """Per row, whether more was written than the score of a name tells."""
    by = hidden_by(name)
    if by is None or by not in frame.columns or frame.get_column(by).dtype != pl.Boolean:
        return pl.Series([False]).new_from_index(0, frame.height)
    return frame.get_column(by).fill_null(value=False)


def fact(frame: pl.DataFrame, name: Name, strays: Leftovers) -> pl.Series:
    """A fact has its default where it is not given, and is unknown where it is of another type."""
    values = _typed(frame, name)
    own = name.name.removeprefix("facts.")
    if name.default is not None:
        given = frame.get_column(name.name).is_not_null() if name.name in frame.columns else None
        default = pl.Series([name.default], dtype=values.dtype).new_from_index(0, frame.height)
        values = default if given is None else values.zip_with(given, default)
    those = {index: facts[own] for index, facts in strays.items() if facts.get(own) is not None}
    if not those:
        return values
    mended = values.to_list()
    for index, raw in those.items():
        mended[index] = accepted(raw, name)
    return pl.Series(mended, dtype=values.dtype)


def _typed(frame: pl.DataFrame, name: Name) -> pl.Series:
    """The column as the name is declared: null where the value is missing, of another type or out of range."""
    wanted = {"number": pl.Float64, "string": pl.String, "boolean": pl.Boolean}[name.type]
    if name.name not in frame.columns:
        return pl.Series([None], dtype=wanted).new_from_index(0, frame.height)
    column = frame.get_column(name.name)
    dtype = column.dtype
    if name.type == "number" and dtype.is_numeric():
        values = column.cast(pl.Float64)
        inside = (values >= name.low) & (values <= name.high) & values.is_not_nan()
        return values.set(~inside, None)
    if name.type == "string" and dtype in (pl.String, pl.Categorical, pl.Enum):
        return column.cast(pl.String)
    if name.type == "boolean" and dtype == pl.Boolean:
        return column
    return pl.Series([None], dtype=wanted).new_from_index(0, frame.height)


class _Bits:
    """A set of places per row, as a whole number."""

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self._words: dict[int, pl.Series] = {}

    def add(self, place: int, where: pl.Series) -> None:
        if not where.any():
            return
        word, bit = divmod(place, _WORD)
        own = where.fill_null(value=False).cast(pl.Int64) * (1 << bit)
        self._words[word] = self._words[word] + own if word in self._words else own

    def numbers(self) -> Sequence[int]:
        if not self._words:
            return [0] * self._rows
        total: list[int] = [0] * self._rows
        for word, series in self._words.items():
            shift = word * _WORD
            total = [whole | own << shift for whole, own in zip(total, series.to_list(), strict=True)]
        return total
