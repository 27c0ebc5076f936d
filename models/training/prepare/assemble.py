"""From sifted shards to the parts: capped, split, weighed, some disguised, in an order drawn by hash.

Every draw is a hash of the text or its group: adding a source moves no text from one part to another, and any
number of rows is put in order in bounded memory.
"""

import hashlib
import random
from pathlib import Path

import polars as pl

from models.text.normalise import normalise
from models.training.disguises import disguised
from models.training.recipe import Recipe

PARTS = ("train", "valid", "natural")
ROWS_AT_ONCE = 200_000  # sorted in memory: 200 MB with texts of 300 characters


def labelled(recipe: Recipe, shards: dict[str, Path]) -> pl.LazyFrame:
    """All sifted texts with their `source` and `part`: one of `PARTS`, or `capped`."""
    return pl.concat([_of_source(recipe, name, folder) for name, folder in shards.items()])


def _of_source(recipe: Recipe, name: str, folder: Path) -> pl.LazyFrame:
    source = recipe.sources[name]
    rows = pl.scan_parquet(sorted(folder.glob("*.parquet")))
    draws = rows.select("draw").collect().get_column("draw")
    draw, used = pl.col("draw"), pl.lit(True)
    if source.most is not None and len(draws) > source.most:
        used = draw < draws.sort()[source.most]  # a group whole or not at all
        draw = draw * 1e4 % 1  # the draws that are left are all small
    held_out, part = (source.natural, "natural") if source.natural else (recipe.valid_share, "valid")
    split = pl.when(draw < held_out).then(pl.lit(part)).otherwise(pl.lit("train"))
    return rows.with_columns(
        source=pl.lit(name),
        share=pl.lit(source.weight, pl.Float32),
        part=pl.when(used).then(split).otherwise(pl.lit("capped")),
    )


def write_part(part: str, rows: pl.LazyFrame, count: int, recipe: Recipe, path: Path) -> int:
    """Write the `count` rows of a part to `path`; returns how many of its texts are disguised.

    Columns: text, source, language, group, and `target_<head>` and `weight_<head>` for each head; weight 0 masks.
    Only in `train` weights differ by source and label: in the other parts 1 is annotated, and all else is masked.
    """
    order = pl.col("digest").map_elements(lambda d: _order(recipe.seed, d), return_dtype=pl.UInt64)
    rows = rows.filter(pl.col("part") == part).with_columns(*_targets(recipe, part), order=order)
    buckets = max(1, -(-count // ROWS_AT_ONCE))
    sorted_files, total = [], 0
    for bucket in range(buckets):
        low, high = (2**64 * bucket) // buckets, (2**64 * (bucket + 1)) // buckets - 1
        bounds = pl.col("order").is_between(pl.lit(low, pl.UInt64), pl.lit(high, pl.UInt64))
        frame = rows.filter(bounds).collect(engine="streaming").sort("order", "digest")
        if part == "train":
            frame, hidden = _disguise(frame, recipe)
            total += hidden
        file = path.with_name(f".{path.name}.{bucket}")
        frame.select(_columns(recipe)).write_parquet(file)
        sorted_files.append(file)
    partial = path.with_name(f".{path.name}.partial")
    if buckets == 1:
        sorted_files[0].rename(partial)
    else:
        pl.scan_parquet(sorted_files).sink_parquet(partial)
        for file in sorted_files:
            file.unlink()
    partial.rename(path)
    return total


def _targets(recipe: Recipe, part: str) -> list[pl.Expr]:
    expressions = []
    for head in recipe.heads:
        label, weak = pl.col(f"label_{head}"), pl.col(f"weak_{head}")
        target = pl.coalesce(label, weak, pl.lit(0.0, pl.Float32))
        weight = label.is_not_null().cast(pl.Float64)
        if part == "train":
            sure = pl.when(label.is_null() & weak.is_not_null()).then(recipe.weak_weight).otherwise(weight)
            more = pl.when(target >= 0.5).then(recipe.positive_weight.get(head, 1.0)).otherwise(1.0)
            weight = sure * more * pl.col("share")
        expressions += [
            target.cast(pl.Float32).alias(f"target_{head}"),
            weight.cast(pl.Float32).alias(f"weight_{head}"),
        ]
    return expressions


def _columns(recipe: Recipe) -> list[str]:
    heads = [f"{kind}_{head}" for head in recipe.heads for kind in ("target", "weight")]
    return ["text", "source", "language", "group", *heads]


def _disguise(frame: pl.DataFrame, recipe: Recipe) -> tuple[pl.DataFrame, int]:
    texts, hidden = frame.get_column("text").to_list(), 0
    for row, digest in enumerate(frame.get_column("digest")):
        if _fraction(f"{recipe.seed} disguise ", digest) < recipe.disguised_share:
            chance = random.Random(f"{recipe.seed} {digest.hex()}")
            other = normalise(disguised(texts[row], chance))
            hidden += other != texts[row]
            texts[row] = other
    return frame.with_columns(text=pl.Series(texts, dtype=pl.String)), hidden


def _order(seed: int, digest: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(f"{seed} order ".encode() + digest, digest_size=8).digest(), "big")


def _fraction(salt: str, digest: bytes) -> float:
    return int.from_bytes(hashlib.blake2b(salt.encode() + digest, digest_size=8).digest(), "big") / 2**64
