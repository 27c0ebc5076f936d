"""Texts with what is known of them, as training and judging take them."""

import tempfile
from collections import Counter
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


@dataclass(frozen=True, slots=True)
class Dataset:
    """`valid` has the mixture of `train`; `natural` the prevalence of ordinary comments.

    `counts` is, by source, how many examples were read, leaked into an evaluation set, repeated, used.
    """

    train: Texts
    valid: Texts
    natural: Texts
    counts: dict[str, Counter[str]]


def build(folder: Path, seed: int = 0) -> Dataset:
    """The data set of the shipped recipe. `folder` holds the sets, a folder each."""
    import json

    from models.training import recipe
    from models.training.prepare import prepare
    from models.training.run import Run

    class Silent:
        def say(self, line: str) -> None: ...

        def at(self, share: float, text: str) -> None: ...

    with tempfile.TemporaryDirectory() as scratch:
        run = Run(Path(scratch))
        shipped = recipe.load(recipe.find("text-minilm")).model_copy(update={"seed": seed})
        prepare(shipped, folder, run, Silent())
        parts = {part: load(run.prepared / f"{part}.parquet") for part in ("train", "valid", "natural")}
        report = json.loads((run.prepared / "report.json").read_text())
    counts = {n: Counter({k: v for k, v in s.items() if isinstance(v, int)}) for n, s in report["sources"].items()}
    return Dataset(counts=counts, **parts)
