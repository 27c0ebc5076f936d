"""How sure a share of counted examples is.

Of examples that count alike: Clopper and Pearson 1934, exact for binomial counts. Of weighted ones: the weights of the
right and of the wrong ones are sums of Poisson counts, bounded by the gamma limits of Fay and Feuer 1997, in which the
heaviest example there is stands for those not seen; their ratio is bounded by melding the two (Fay, Proschan and
Brittain 2015). With equal weights this is Clopper and Pearson's again. An effective sample size (Kish 1965) is not
used: it says nothing of heavy examples that happen to be absent, and those may be the wrong ones.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

from moderation.policy.evidence.examples import Counts, Examples


def least_precision(counts: Counts, error: float) -> NDArray[np.float64]:
    """A bound that lies above the true precision with a chance of at most `error`, for each threshold."""
    return _least(counts.hits, counts.hits_squared, counts.misfires, counts.misfires_squared, counts.heaviest, error)


def precision_interval(counts: Counts, confidence: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lower and upper end, each missed by the true precision with half of what `confidence` leaves."""
    error = (1.0 - confidence) / 2
    right, wrong = (counts.hits, counts.hits_squared), (counts.misfires, counts.misfires_squared)
    return _least(*right, *wrong, counts.heaviest, error), 1.0 - _least(*wrong, *right, counts.heaviest, error)


def recall_interval(
    counts: Counts, examples: Examples, confidence: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lower and upper end of the share of what is right that lies at or above each threshold."""
    error, own = (1.0 - confidence) / 2, examples.weights[examples.right]
    found = counts.hits, counts.hits_squared
    missed = np.maximum(own.sum() - found[0], 0.0), np.maximum((own**2).sum() - found[1], 0.0)
    return _least(*found, *missed, counts.heaviest, error), 1.0 - _least(*missed, *found, counts.heaviest, error)


def _least(
    first: NDArray[np.float64],
    first_squared: NDArray[np.float64],
    second: NDArray[np.float64],
    second_squared: NDArray[np.float64],
    heaviest: float,
    error: float,
) -> NDArray[np.float64]:
    """A lower bound of the share of `first` in both; 0 where there is none of it."""
    some = first > 0
    own, own_squared = np.where(some, first, 1.0), np.where(some, first_squared, 1.0)
    other, other_squared = second + heaviest, second_squared + heaviest**2
    # Sum / scale ~ Gamma(shape), with mean and variance of what was seen.
    quantile = beta.ppf(error, own**2 / own_squared, other**2 / other_squared)
    scale, other_scale = own_squared / own, other_squared / other
    share: NDArray[np.float64] = quantile * scale / (quantile * scale + (1.0 - quantile) * other_scale)
    return np.where(some, share, 0.0)
