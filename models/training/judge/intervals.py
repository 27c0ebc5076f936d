"""Figures with their 95 % confidence intervals and counts."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from scipy import stats

Floats = NDArray[np.floating]
Flags = NDArray[np.bool_]

CONFIDENCE = 0.95
RESAMPLES = 500
"""Of a bootstrap: the ends of a 95 % interval then stand on a dozen resamples each."""


class Figure(BaseModel):
    """A part of an evaluation, as `evaluation.json` holds it."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Estimate(Figure):
    """A value with the ends of its confidence interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.4f} ({self.low:.4f} to {self.high:.4f})"


class Share(Figure):
    """`count` of `of` items, with Wilson's interval for the proportion (Wilson 1927)."""

    count: int
    of: int
    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.2%} ({self.low:.2%} to {self.high:.2%})"


def share(flags: Flags) -> Share:
    """How many of the items are true. Of no items the share is 0, and the interval is 0 to 1."""
    count, of = int(flags.sum()), len(flags)
    if not of:
        return Share(count=0, of=0, value=0.0, low=0.0, high=1.0)
    interval = stats.binomtest(count, of).proportion_ci(CONFIDENCE, method="wilson")
    return Share(count=count, of=of, value=count / of, low=rounded(interval.low), high=rounded(interval.high))


def bootstrapped(samples: tuple[Floats, ...], statistic: Callable[..., float], paired: bool = False) -> Estimate:
    """A statistic of samples with the percentile interval of a seeded bootstrap.

    Each sample is redrawn by itself, or, `paired`, all with the same items.
    """
    value = float(statistic(*samples))
    if min(map(len, samples)) < 2:
        return Estimate(value=rounded(value), low=rounded(value), high=rounded(value))
    result = stats.bootstrap(
        samples,
        statistic,
        paired=paired,
        vectorized=False,
        n_resamples=RESAMPLES,
        confidence_level=CONFIDENCE,
        method="percentile",
        rng=np.random.default_rng(0),
    )
    low, high = result.confidence_interval
    return Estimate(value=rounded(value), low=rounded(low), high=rounded(high))


def normal(value: float, variance: float, low: float = -math.inf, high: float = math.inf) -> Estimate:
    """A value with its normal interval, cut to what is possible."""
    half = stats.norm.ppf((1 + CONFIDENCE) / 2) * math.sqrt(variance)
    return Estimate(value=rounded(value), low=rounded(max(low, value - half)), high=rounded(min(high, value + half)))


def rounded(value: Any, digits: int = 5) -> float:
    """As stored: more digits than any interval is narrow."""
    return round(float(value), digits)
