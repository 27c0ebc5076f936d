"""A classifier without a model: for tests, and for measuring everything but the model."""

import hashlib
import os
import time
from collections.abc import Sequence

import numpy as np

from models.runtime.classifier import Array, Prepared, Row
from moderation.errors import ConfigurationError
from moderation.taxonomy import TEXT_CATEGORIES

_RANGE = np.float64(2**32)


class Stub:
    """Scores are uniform in [0, 1) and depend on the normalised text only (BLAKE2b), so the same everywhere.

    `cost_ms` is device time per row: the session's thread sleeps, as it would while a device computes, and
    leaves the processor to others.
    """

    name = "stub@1"
    provider = "stub"
    categories = TEXT_CATEGORIES
    pad_to_multiple_of = 1

    def __init__(self, cost_ms: float = 0.0, sessions: int | None = None, batch_tokens: int = 500) -> None:
        self.cost_ms = cost_ms
        self.sessions = sessions or os.cpu_count() or 1
        self.batch_tokens = batch_tokens

    def prepare(self, texts: Sequence[str]) -> list[Prepared]:
        size = 4 * len(self.categories)
        return [
            Prepared([hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=size).digest()])
            for text in texts
        ]

    def run(self, rows: Sequence[Row], session: int) -> Array:
        if self.cost_ms:
            time.sleep(self.cost_ms * len(rows) / 1000)
        numbers = np.frombuffer(b"".join(map(bytes, rows)), dtype="<u4")
        return numbers.reshape(len(rows), len(self.categories)) / _RANGE

    def finish(self, logits: Array) -> Array:
        return logits


def parse(name: str) -> float | None:
    """The cost in ms of 'stub' or 'stub:COST_MS'; None for the name of any other model.

    Raises `ConfigurationError` where the cost is not a number of at least 0.
    """
    kind, colon, cost = name.partition(":")
    if kind != "stub":
        return None
    if not colon:
        return 0.0
    try:
        cost_ms = float(cost)
    except ValueError:
        cost_ms = -1.0
    if not 0 <= cost_ms < 60_000:
        raise ConfigurationError(f"text model {name!r}: write 'stub' or 'stub:COST_MS', for example 'stub:2.5'")
    return cost_ms
