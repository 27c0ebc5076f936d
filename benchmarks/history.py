"""A history of many posts such as a platform keeps, in Parquet, from a seed: for the policy of `benchmarks.rules`."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
from polars.io.plugins import register_io_source

from benchmarks.rules import SEED
from moderation.history.schema import SCHEMA
from moderation.taxonomy import TEXT_CATEGORIES

_BATCH = 50_000
_SURFACES = ("post", "comment", "message", "profile", "username", "listing")
_LANGUAGES = ("en", "de", "fr", "es", "pt", "ru", "tr", "ar", "hi", "zh")
_COUNTRIES = ("US", "DE", "FR", "BR", "IN", "JP", "GB", "KR")
_DAY = datetime(2026, 1, 1, tzinfo=UTC)
_DAYS = 14


def write(file: Path, posts: int, seed: int = SEED) -> None:
    """Most posts harmless, some not; a tenth without a fact that rules ask for, a twentieth with a picture whose lane
    is pending; a fiftieth with a reviewer's answer."""
    first = _batch(0, min(posts, _BATCH), seed)

    def made(
        columns: list[str] | None, predicate: pl.Expr | None, rows: int | None, size: int | None
    ) -> Iterator[pl.DataFrame]:
        for start in range(0, posts, _BATCH):
            yield _batch(start, min(_BATCH, posts - start), seed)

    register_io_source(made, schema=first.schema).sink_parquet(file, row_group_size=_BATCH, engine="streaming")


def _batch(start: int, rows: int, seed: int) -> pl.DataFrame:
    chance = np.random.default_rng((seed, start))
    number = np.arange(start, start + rows)
    harmful = chance.random(rows) < 0.12
    scores = {
        f"text.{name}": np.where(harmful, chance.beta(2, 1.2, rows), chance.beta(0.4, 9, rows)).round(6)
        for name in TEXT_CATEGORIES
    }
    frame = pl.DataFrame(
        {
            "post_id": number,
            "author_id": number % 997,
            "time": chance.integers(0, _DAYS * 86_400, rows),
            "post.surface": chance.choice(_SURFACES, rows),
            "text.language": chance.choice(_LANGUAGES, rows),
            **scores,
            "facts.account_age_days": chance.integers(0, 4000, rows).astype(float),
            "facts.reports": chance.exponential(0.5, rows).astype(int).astype(float),
            "facts.strikes": chance.exponential(1 / 3, rows).astype(int).astype(float),
            "facts.followers": chance.lognormal(4, 2, rows).astype(int).astype(float),
            "facts.posts_last_hour": chance.exponential(2, rows).astype(int).astype(float),
            "facts.verified": chance.random(rows) < 0.05,
            "facts.country": chance.choice(_COUNTRIES, rows),
            "_silent": chance.random(rows) < 0.1,
            "_picture": chance.random(rows) < 0.05,
            "_labelled": chance.random(rows) < 0.02,
            "_worst": np.max(np.stack(list(scores.values())), axis=0),
        }
    )
    bad = pl.col("_worst") > 0.9
    empty = pl.lit([], dtype=pl.List(pl.String))
    return frame.select(
        pl.lit(SCHEMA).alias("schema"),
        pl.format("post-{}", "post_id").alias("post_id"),
        (pl.lit(_DAY) + pl.duration(seconds="time")).dt.cast_time_unit("us").alias("time"),
        pl.format("author-{}", "author_id").alias("author_id"),
        "post.surface",
        "text.language",
        pl.lit("scored").alias("lanes.text"),
        pl.when("_picture").then(pl.lit("pending")).alias("lanes.image"),
        *scores,
        pl.when(~pl.col("_silent")).then("facts.account_age_days"),
        pl.col("^facts\\.[^a].*$"),
        pl.when(bad).then(pl.lit("remove")).otherwise(pl.lit("allow")).alias("decision.action"),
        pl.when(bad).then(pl.lit(["toxicity"])).otherwise(empty).alias("decision.reasons"),
        pl.when(pl.col("_labelled"))
        .then(pl.when(bad).then(pl.lit("remove")).otherwise(pl.lit("allow")))
        .alias("label.action"),
        empty.alias("label.reasons"),
    )


def last_day() -> datetime:
    """The end of the history."""
    return _DAY + timedelta(days=_DAYS)
