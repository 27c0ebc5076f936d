"""How far reviewers agree beyond what chance would give: Cohen's kappa and Krippendorff's alpha, with intervals."""

from collections.abc import Sequence
from dataclasses import dataclass

import krippendorff
import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm
from sklearn.metrics import cohen_kappa_score, confusion_matrix

CONFIDENCE = 0.95
RESAMPLES = 1_000

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Agreement:
    """1 is perfect, 0 is chance. `of` counts items. The ends are absent where too little is known for them."""

    value: float
    of: int
    low: float | None = None
    high: float | None = None


def share_agreed(pairs: Sequence[tuple[str, str]]) -> tuple[int, int]:
    """How many pairs of answers are the same, of how many."""
    return sum(one == other for one, other in pairs), len(pairs)


def kappa(pairs: Sequence[tuple[str, str]]) -> Agreement | None:
    """Cohen's kappa of two answers each; None where chance alone agrees always, or there are none.

    The interval is from the asymptotic error of Fleiss, Cohen and Everitt 1969 (Psychological Bulletin 72).
    """
    values = sorted({value for pair in pairs for value in pair})
    if len(values) < 2:
        return None
    first, second = zip(*pairs, strict=True)
    table: Counts = confusion_matrix(first, second, labels=values)
    found = float(cohen_kappa_score(first, second, labels=values))
    half = float(norm.ppf((1 + CONFIDENCE) / 2)) * standard_error(table)
    return Agreement(found, len(pairs), max(-1.0, found - half), min(1.0, found + half))


def standard_error(table: Counts) -> float:
    """Of kappa, for a table of counts: rows are the first answers, columns the second. NaN for an empty one."""
    share = table / table.sum()
    rows, columns = share.sum(axis=1), share.sum(axis=0)
    agreed, by_chance = float(np.trace(share)), float(rows @ columns)
    either = columns[:, None] + rows[None, :]  # at (i, j): the share of column i and that of row j
    left = float((np.diag(share) * ((1 - by_chance) - (rows + columns) * (1 - agreed)) ** 2).sum())
    beside = share * either**2
    right = (1 - agreed) ** 2 * float(beside.sum() - np.trace(beside))
    middle = (agreed * by_chance - 2 * by_chance + agreed) ** 2
    variance = (left + right - middle) / ((1 - by_chance) ** 4 * table.sum())
    return float(np.sqrt(max(0.0, variance)))


def alpha(counts: Counts, ordered: bool = False) -> Agreement | None:
    """Krippendorff's alpha; None where all answers are one, or no item has two.

    `counts` has shape (items, possible answers): how many people gave each; `ordered` where the answers have an order.
    The interval is from `RESAMPLES` samples of the items with replacement, from a fixed seed.
    """
    counts = counts[counts.sum(axis=1) >= 2]
    if (counts.sum(axis=0) > 0).sum() < 2:
        return None
    found = float(
        krippendorff.alpha(value_counts=counts, level_of_measurement="ordinal" if ordered else "nominal")
    )  # fmt: skip
    kinds, common = np.unique(counts, axis=0, return_counts=True)
    draws = np.random.default_rng(0).multinomial(len(counts), common / len(counts), RESAMPLES)
    again = resampled(kinds, draws, ordered)
    again = again[~np.isnan(again)]  # of some samples all answers are one
    if len(again) < RESAMPLES / 2:
        return Agreement(found, len(counts))
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(again, [tail, 1 - tail])
    return Agreement(found, len(counts), float(low), float(high))


def resampled(kinds: Counts, draws: Counts, ordered: bool) -> NDArray[np.float64]:
    """Alpha of many samples at once, shape (samples,); NaN where it is not defined.

    `kinds` has shape (kinds of items, answers), with two answers at least each; `draws`, shape (samples, kinds), says
    how often each is in a sample. Krippendorff 2011, by the matrix of coincidences, which is a sum over items.
    """
    people = kinds.sum(axis=1)
    pairs = kinds[:, :, None] * kinds[:, None, :] - kinds[:, :, None] * np.eye(kinds.shape[1], dtype=np.int64)
    coincidences = np.tensordot(draws, pairs / (people - 1)[:, None, None], axes=1)
    margins = coincidences.sum(axis=2)
    apart = 1.0 - np.eye(kinds.shape[1])[None]
    if ordered:
        middle = np.cumsum(margins, axis=1) - margins / 2
        apart = (middle[:, :, None] - middle[:, None, :]) ** 2
    observed = (coincidences * apart).sum(axis=(1, 2))
    by_chance = (margins[:, :, None] * margins[:, None, :] * apart).sum(axis=(1, 2))
    undefined = np.full(len(draws), np.nan)
    found: NDArray[np.float64] = 1.0 - (margins.sum(axis=1) - 1) * np.divide(
        observed, by_chance, out=undefined, where=by_chance > 0
    )
    return found
