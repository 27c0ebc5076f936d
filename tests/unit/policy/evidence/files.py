"""Files of judged posts for tests, drawn with a seed."""

from pathlib import Path

import numpy as np
import polars as pl


def judged(file: Path, count: int = 4_000, seed: int = 1, label_as: str = "label", model: str | None = None) -> Path:
    """A CSV file of posts: the score is the chance that one is what is looked for; from 0.6 on nearly all are."""
    chance = np.random.default_rng(seed)
    scores = np.round(chance.random(count) ** 1.5, 4)
    rows = pl.DataFrame({"score": scores, label_as: chance.random(count) < np.where(scores >= 0.6, 0.99, scores)})
    file.parent.mkdir(parents=True, exist_ok=True)
    (rows if model is None else rows.with_columns(pl.lit(model).alias("model"))).write_csv(file)
    return file
