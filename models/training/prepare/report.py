"""What the preparation found: counts, lengths, languages, labels, overlaps and leaks, for people and for the card."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import polars as pl

from models.training.prepare.assemble import PARTS
from models.training.prepare.sift import Sieve
from models.training.recipe import Recipe

COUNTS = ("read", "empty", "leaked", "repeated", "capped", *PARTS)


def report(
    recipe: Recipe, counts: dict[str, Counter[str]], held_out: dict[str, int], sieve: Sieve, rows: pl.LazyFrame
) -> dict[str, Any]:
    """The content of `report.json`. `rows` are the labelled shards; `held_out` counts the texts of each such set."""
    by_source = _by_source(recipe, rows)
    sources = {}
    for name, source in recipe.sources.items():
        found = by_source[name]
        parts = {part: found["parts"].get(part, 0) for part in ("capped", *PARTS)}
        read = {verdict: counts[name][verdict] for verdict in ("read", "empty", "leaked", "repeated")}
        about = {key: found[key] for key in ("characters", "languages", "heads")}
        sources[name] = {"reader": source.reader, "licence": source.licence, **read, **parts, **about}
    return {
        "recipe": recipe.name,
        "parts": {part: sum(source[part] for source in sources.values()) for part in PARTS},
        "sources": sources,
        "held_out": {name: {"texts": count, "leaked": dict(sieve.leaks[name])} for name, count in held_out.items()},
        "overlaps": [
            {"first": first, "second": second, "texts": overlap.texts, "differ": dict(overlap.differ)}
            for (first, second), overlap in sorted(sieve.overlaps.items())
        ],
    }


def _by_source(recipe: Recipe, rows: pl.LazyFrame) -> dict[str, dict[str, Any]]:
    """Of each source the texts of each part, and what those that are not capped look like."""
    parts = rows.group_by("source", "part").len().collect(engine="streaming")
    languages = rows.filter(pl.col("part") != "capped").group_by("source", "language").len().collect(engine="streaming")
    length = pl.col("text").str.len_chars()
    figures = [
        length.mean().alias("mean"),
        length.quantile(0.5).alias("p50"),
        length.quantile(0.95).alias("p95"),
        length.max().alias("max"),
    ]
    for head in recipe.heads:
        label = pl.col(f"label_{head}")
        figures += [
            (label >= 0.5).sum().alias(f"positive {head}"),
            (label < 0.5).sum().alias(f"negative {head}"),
            (label.is_null() & pl.col(f"weak_{head}").is_not_null()).sum().alias(f"weak {head}"),
        ]
    used = rows.filter(pl.col("part") != "capped").group_by("source").agg(figures).collect(engine="streaming")
    about = {row["source"]: row for row in used.iter_rows(named=True)}
    result: dict[str, dict[str, Any]] = {}
    for name in recipe.sources:
        row = about.get(name, {})
        result[name] = {
            "parts": {part: count for source, part, count in parts.iter_rows() if source == name},
            "characters": {key: round(row.get(key) or 0) for key in ("mean", "p50", "p95", "max")},
            "languages": {
                language: count for source, language, count in sorted(languages.iter_rows(), key=str) if source == name
            },
            "heads": {
                head: {kind: row.get(f"{kind} {head}", 0) for kind in ("positive", "negative", "weak")}
                for head in recipe.heads
            },
        }
    return result


def lines(found: dict[str, Any]) -> Iterator[str]:
    """The report's findings that a table of counts does not show, a sentence each."""
    for name, entry in found["held_out"].items():
        if leaked := entry["leaked"]:
            shares = ", ".join(f"{count:,} of {source}" for source, count in leaked.items())
            yield f"in the evaluation set {name}, so not trained on: {shares}"
    for overlap in found["overlaps"]:
        if overlap["first"] != overlap["second"] and overlap["texts"] >= 10:
            differ = ", ".join(f"{head} of {count:,}" for head, count in overlap["differ"].items())
            yield (
                f"in {overlap['first']} and again in {overlap['second']}: {overlap['texts']:,} texts"
                + (f", labelled otherwise: {differ}" if differ else "")
            )
    for name, source in found["sources"].items():
        if not any(source[part] for part in PARTS):
            yield f"nothing of {name} is left"
