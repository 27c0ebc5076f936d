"""What each threshold costs and brings, and which is the cheapest, as far as the judged posts can tell."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from moderation.policy.evidence.bounds import precision_interval, recall_interval
from moderation.policy.evidence.examples import Examples, counted

CONFIDENCE = 0.95
GRID = np.round(np.arange(1, 100) / 100, 2)
"""Thresholds that may be proposed."""

_REDRAWN = 1_000
_MOST_CELLS = 20_000_000  # 160 MB; only posts with many different weights come near it


@dataclass(frozen=True, slots=True)
class Prices:
    """What errors and work cost, in one currency. `minutes` are those of a review, `hour` what one of a reviewer costs.

    `posts` come a day; without it figures are per 1,000 posts.
    """

    miss: float | None = None
    mistake: float | None = None
    minutes: float | None = None
    hour: float | None = None
    posts: float | None = None

    @property
    def given(self) -> bool:
        """Whether anything has a price."""
        return any(price is not None for price in (self.miss, self.mistake, self.hour))

    @property
    def of(self) -> float:
        """The posts that figures are for."""
        return 1_000.0 if self.posts is None else self.posts

    @property
    def per(self) -> str:
        """The same in words."""
        return "per 1,000 posts" if self.posts is None else "a day"

    def cost(
        self, missed: NDArray[np.float64], wrong: NDArray[np.float64], acted: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Of shares of all posts."""
        hours = acted * (self.minutes or 0.0) / 60
        found: NDArray[np.float64] = self.of * (
            missed * (self.miss or 0.0) + wrong * (self.mistake or 0.0) + hours * (self.hour or 0.0)
        )
        return found


@dataclass(frozen=True, slots=True)
class Row:
    """One threshold. Intervals are of 95 %; `acted`, `hours` and `cost` are per day, or per 1,000 posts."""

    threshold: float
    precision: tuple[float, float, float]
    recall: tuple[float, float, float]
    above: int
    right: int
    acted: float
    hours: float | None
    cost: float | None


@dataclass(frozen=True, slots=True)
class Cheapest:
    """The threshold of least expected cost. `low` to `high` holds it in 95 % of redrawn evidence.

    `saves` is what it costs less than another threshold, with its interval of 95 %.
    """

    threshold: float
    low: float
    high: float
    saves: tuple[float, float, float] | None


def rows(examples: Examples, thresholds: NDArray[np.float64], prices: Prices) -> list[Row]:
    """What lies above each threshold; scores below 0 are never above, those above 1 always."""
    counts = counted(examples, thresholds)
    low, high = precision_interval(counts, CONFIDENCE)
    least, most = recall_interval(counts, examples, CONFIDENCE)
    whole, sought = float(examples.weights.sum()), float(examples.weights[examples.right].sum())
    acted = (counts.hits + counts.misfires) / whole
    cost = prices.cost((sought - counts.hits) / whole, counts.misfires / whole, acted)
    return [
        Row(
            float(threshold),
            (float(counts.precision[place]), float(low[place]), float(high[place])),
            (float(counts.hits[place]) / sought, float(least[place]), float(most[place])),
            int(counts.above[place]),
            int(counts.right[place]),
            float(acted[place]) * prices.of,
            None if prices.minutes is None else float(acted[place]) * prices.of * prices.minutes / 60,
            float(cost[place]) if prices.given else None,
        )
        for place, threshold in enumerate(thresholds)
    ]


def cheapest(examples: Examples, prices: Prices, instead_of: float | None, seed: int = 0) -> Cheapest:
    """The cheapest threshold of `GRID`, and how far that can be told.

    The posts are drawn anew, with replacement, as often as there are (the bootstrap of Efron 1979).
    """
    points = GRID if instead_of is None else np.unique([*GRID, instead_of])
    # Posts between two thresholds that count alike are one cell: only how many there are changes when drawn anew.
    place = np.searchsorted(points, examples.scores, side="right")
    cells, many = np.unique(np.column_stack([place, examples.right, examples.weights]), axis=0, return_counts=True)
    chance = np.random.default_rng(seed)
    times = min(_REDRAWN, max(_REDRAWN // 10, _MOST_CELLS // len(cells)))
    drawn = chance.multinomial(len(examples), many / len(examples), size=times)
    costs = _costs(cells, np.vstack([many, drawn]), len(points), prices)
    among = np.isin(points, GRID)
    best = points[among][::-1][np.argmin(costs[:, among][:, ::-1], axis=1)]  # of equals the highest: it accuses fewest
    low, high = np.quantile(best[1:], [0.025, 0.975], method="inverted_cdf")
    saves = None
    if instead_of is not None:
        saved = costs[:, np.searchsorted(points, instead_of)] - costs[:, np.searchsorted(points, best[0])]
        saves = (float(saved[0]), *map(float, np.quantile(saved[1:], [0.025, 0.975])))
    return Cheapest(float(best[0]), float(low), float(high), saves)  # type: ignore[arg-type]


def _costs(cells: NDArray[np.float64], many: NDArray[np.int64], points: int, prices: Prices) -> NDArray[np.float64]:
    """Of every threshold, shape (drawings, points). `cells` are place among the thresholds, right, weight."""
    place, right, weight = cells[:, 0].astype(int), cells[:, 1] > 0, cells[:, 2]
    sums = [np.zeros((len(many), points + 1)) for _ in range(2)]
    for kind, found in zip((right, ~right), sums, strict=True):
        np.add.at(found.T, place[kind], (many[:, kind] * weight[kind]).T)
    hits, misfires = (found.sum(axis=1, keepdims=True) - np.cumsum(found, axis=1)[:, :-1] for found in sums)
    sought = sums[0].sum(axis=1, keepdims=True)
    whole = sought + sums[1].sum(axis=1, keepdims=True)
    return prices.cost((sought - hits) / whole, misfires / whole, (hits + misfires) / whole)
