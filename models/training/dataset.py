"""Texts with what is known of them, as training and judging take them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.training.examples import HEADS
from moderation.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Texts:
    """Normalised texts with targets and weights, both of shape (len(texts), heads); weight 0 masks."""

    texts: list[str]
    targets: NDArray[np.float32]
    weights: NDArray[np.float32]
    sources: list[str]
    heads: tuple[str, ...] = HEADS

    def __len__(self) -> int:
        return len(self.texts)


def load(path: Path) -> Texts:
    """The texts of a prepared Parquet file, with the heads it has. Raises `ConfigurationError`."""
    import polars

    try:
        table = polars.read_parquet(path)
    except (OSError, polars.exceptions.PolarsError) as error:
        raise ConfigurationError(f"{path}: cannot be read: {error}") from error
    heads = tuple(name.removeprefix("target_") for name in table.columns if name.startswith("target_"))

    def matrix(kind: str) -> NDArray[np.float32]:
        columns = [table.get_column(f"{kind}_{head}").to_numpy() for head in heads]
        return np.stack(columns, axis=1).astype(np.float32)

    texts, sources = table.get_column("text").to_list(), table.get_column("source").to_list()
    return Texts(texts, matrix("target"), matrix("weight"), sources, heads)
