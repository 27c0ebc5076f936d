"""The reliability plot is small, and the same for the same figures."""

from pathlib import Path

import numpy as np

from models.training.judge.plot import plot
from models.training.judge.reliability import reliability


def test_the_same_figures_give_the_same_small_file(tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    scores = chance.uniform(size=500)
    measured = {"talk": {"toxicity": reliability(scores, scores, chance.uniform(size=500) < scores)}}
    for name in ("one.svg", "two.svg"):
        plot(measured, tmp_path / name)
    first = (tmp_path / "one.svg").read_bytes()
    assert first == (tmp_path / "two.svg").read_bytes()
    assert b"toxicity, talk (n = 500)" in first
    assert len(first) < 50_000
