"""What rewriting does to recall: the same items in their own words and in another style."""

import numpy as np
from scipy.stats import binomtest

from models.training.judge.intervals import Estimate, Figure, Flags, Share, bootstrapped, rounded, share


class Attack(Figure):
    """Recall of the items as they were and as rewritten; `change` is the second less the first, paired."""

    plain: Share
    attacked: Share
    change: Estimate
    lost: int
    """Found as they were, missed when rewritten."""
    won: int
    p: float
    """That so uneven a pair of `lost` and `won` comes by chance (McNemar 1947, exact)."""


def attack(plain: dict[str, bool], attacked: dict[str, bool]) -> Attack:
    """Both map an item's id to whether it was found; items that only one of them has are left out."""
    ids = sorted(plain.keys() & attacked.keys())
    before, after = (np.array([found[each] for each in ids], bool) for found in (plain, attacked))
    lost, won = int((before & ~after).sum()), int((after & ~before).sum())
    return Attack(
        plain=share(before),
        attacked=share(after),
        change=_mean_change(before, after),
        lost=lost,
        won=won,
        p=rounded(binomtest(lost, lost + won).pvalue if lost + won else 1.0),
    )


def _mean_change(before: Flags, after: Flags) -> Estimate:
    changes = after.astype(float) - before
    return bootstrapped((changes,), np.mean) if len(changes) else Estimate(value=0.0, low=-1.0, high=1.0)
