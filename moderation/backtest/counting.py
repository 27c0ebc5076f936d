"""One piece of a history to its tally."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

from moderation.backtest.cohorts import Cohorts
from moderation.backtest.examples import Examples
from moderation.backtest.labels import rate
from moderation.backtest.outcomes import Decided, Outcome, Redecided, Side
from moderation.backtest.sampling import Sampling
from moderation.backtest.tally import BOTH, Tally
from moderation.events import SEVERITY
from moderation.history.reading import Piece, read
from moderation.history.schema import Kind
from moderation.policy import parse_policy
from moderation.policy.model import RANK
from moderation.signals import SIGNALS

LOOKED_AT = (RANK["review"], RANK["hold"])
"""Severities that a human must look at."""

_SIGNALS: dict[str, Kind] = {
    name: "number" if own.type == "score" else own.type for name, own in SIGNALS.items() if own.lane is not None
}


@dataclass(frozen=True, slots=True)
class Job:
    """What to compare, in a form that travels. `new` and `old` are policies as published; no `old`: what was decided
    then. `examples` are kept per kind of change."""

    new: str
    old: str | None
    cohorts: Cohorts
    examples: int = 5
    seed: int = 0


def count(job: Job, piece: Piece) -> Tally:
    """The tally of one piece. Raises `HistoryError`."""
    return _counting(job).count(piece)


@lru_cache(maxsize=2)
def _counting(job: Job) -> "_Counting":
    return _Counting(job)


class _Counting:
    def __init__(self, job: Job) -> None:
        self._job = job
        self._now = Redecided(parse_policy(job.new))
        self._before: Side = Decided() if job.old is None else Redecided(parse_policy(job.old))
        self._sampling = Sampling(job.seed, [side for side in (self._before, self._now) if isinstance(side, Redecided)])
        self._kinds = {**_SIGNALS, **self._before.names, **self._now.names}

    def count(self, piece: Piece) -> Tally:
        frame = read(piece, [*self._kinds, self._job.cohorts.column], self._kinds)
        before = self._before.outcomes(frame)
        now: Sequence[Outcome | None] = self._now.outcomes(frame)
        whole = frame.height
        if None in before:
            kept = [index for index, own in enumerate(before) if own is not None]
            frame, before, now = frame[kept], [before[i] for i in kept], [now[i] for i in kept]
        tally = Tally(posts=frame.height, undecided=whole - frame.height, examples=Examples(self._job.examples))
        if not frame.height:
            return tally
        table, outcomes = self._table(frame, before, now)
        days = table.get_column("day")
        tally.first, tally.last = str(days.min()), str(days.max())
        self._count_pairs(tally, table, outcomes)
        self._count_groups(tally, table)
        rate(tally, table, outcomes, self._now.policy)
        self._sampling.sample(tally.examples, frame, table, outcomes)
        return tally

    def _table(
        self, frame: pl.DataFrame, before: Sequence[Outcome | None], now: Sequence[Outcome | None]
    ) -> tuple[pl.DataFrame, list[Outcome]]:
        """Per row: the outcomes before and now, by place in a list; their severities; and what rows are grouped by."""
        places: dict[int, int] = {}
        outcomes: list[Outcome] = []
        columns: dict[str, list[int]] = {}
        for when, side in zip(BOTH, (before, now), strict=True):
            own = columns[when] = []
            for outcome in side:
                place = places.get(id(outcome))
                if place is None:
                    assert outcome is not None
                    place = places[id(outcome)] = len(outcomes)
                    outcomes.append(outcome)
                own.append(place)
        ranks = pl.Series([RANK[outcome.action] for outcome in outcomes])
        languages = [
            pl.col(name).cast(pl.String) for name in ("text.language", "post.language") if name in frame.columns
        ]
        table = frame.select(
            pl.coalesce(*languages, pl.lit("(not known)")).alias("language"),
            pl.col("post.surface").fill_null("(not known)").alias("surface"),
            pl.col("time").dt.strftime("%Y-%m-%d").alias("day"),
            pl.col("label.action", "label.reasons"),
            (1 / pl.col("sampling_probability")).alias("weight"),
            self._job.cohorts.of(frame).alias("cohort"),
            *(pl.Series(when, columns[when]) for when in BOTH),
        )
        severities = (ranks.gather(table.get_column(when)).alias(f"{when} rank") for when in BOTH)
        return table.with_columns(*severities), outcomes

    def _count_pairs(self, tally: Tally, table: pl.DataFrame, outcomes: Sequence[Outcome]) -> None:
        texts = self._now.found_in_texts
        for first, second, posts in table.group_by(*BOTH).len().iter_rows():
            before, now = outcomes[first], outcomes[second]
            change = (before.action, now.action)
            tally.matrix[change] += posts
            tally.provisional += posts * now.provisional
            for when, outcome in zip(BOTH, (before, now), strict=True):
                for rule in outcome.rules:
                    tally.fired[when, rule] += posts
                for reason in () if outcome.action == "allow" else outcome.reasons:
                    tally.reasons[when, reason] += posts
            for rule in now.undetermined:
                tally.undetermined[rule] += posts
            for name in now.lacking:
                tally.lacking[name] += posts
            tally.textless += posts * (not texts.isdisjoint(now.lacking))
            if before.action != now.action:
                behind = now if RANK[now.action] > RANK[before.action] else before
                for rule in behind.deciding:
                    tally.by_rule[rule, change] += posts
                for reason in behind.reasons:
                    tally.by_reason[reason, change] += posts

    def _count_groups(self, tally: Tally, table: pl.DataFrame) -> None:
        ranks = [f"{when} rank" for when in BOTH]
        for dimension in ("language", "surface", "cohort"):
            for value, first, second, posts in table.group_by(dimension, *ranks).len().iter_rows():
                tally.groups[dimension, value, (SEVERITY[first], SEVERITY[second])] += posts
        for day, first, second, posts in table.group_by("day", *ranks).len().iter_rows():
            for when, rank in zip(BOTH, (first, second), strict=True):
                tally.reviews[day, when] += posts * (rank in LOOKED_AT)
