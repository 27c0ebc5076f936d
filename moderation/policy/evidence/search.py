"""The lowest threshold from which on a model is right often enough, so that chance does not choose it.

The naive way - the lowest threshold whose bound meets the demand - tries many thresholds and keeps a lucky one. Here
the thresholds are tested in an order that does not depend on the judgements, from the top down, and the first failure
ends it: a fixed sequence, in which every test may use the whole error (Maurer, Hothorn and Lehmacher 1995). At the top
there are too few examples to prove anything, so a sequence begins wherever all, half, a quarter ... of the examples lie
above; each beginning gets an equal part of the error (the sequences with several starts of Angelopoulos et al. 2021,
"Learn then Test"). What is found is too low with a chance of at most 1 - confidence.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from moderation.policy.evidence.bounds import least_precision
from moderation.policy.evidence.examples import Examples, counted
from moderation.policy.evidence.refused import Refused, percent

DECIMALS = 4
"""Of a threshold: people read it, and the models' own have as many."""

_STEPS = 16  # tested thresholds, each time that the examples above double
_LEAST = 16  # fewer examples above prove nothing worth asking for


@dataclass(frozen=True, slots=True)
class Found:
    """A threshold and what lies at or above it: `at_least` is the precision that is shown with the asked confidence."""

    threshold: float
    above: int
    right: int
    precision: float
    at_least: float
    recall: float


def sequence(scores: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.bool_], int]:
    """Thresholds in the order in which they are tested, whether a sequence begins there, and how many may begin.

    They lie where N, N / 2^(1/16), N / 2^(2/16) ... of N examples are above, rounded down to `DECIMALS`.
    """
    count = len(scores)
    if count < _LEAST:
        return np.empty(0), np.empty(0, dtype=bool), 0
    starts = int(math.log2(count / _LEAST)) + 1
    falling = np.sort(scores)[::-1]
    found: dict[float, bool] = {}
    for step in range(_STEPS * (starts - 1), -1, -1):
        rank = max(1, math.ceil(count / 2 ** (step / _STEPS)))
        threshold = _down(float(falling[rank - 1]))
        found[threshold] = found.get(threshold, False) or step % _STEPS == 0
    return np.array(list(found)), np.array(list(found.values())), starts


def lowest(examples: Examples, demand: float, confidence: float) -> Found:
    """The lowest threshold at and above which precision is `demand`, with `confidence` for the whole search.

    `demand` and `confidence` lie between 0 and 1. Raises `Refused` where the examples cannot show it.
    """
    thresholds, begins, starts = sequence(examples.scores)
    counts = counted(examples, thresholds)
    error = (1.0 - confidence) / starts
    bounds = least_precision(counts, error)
    best, walking = None, False
    for place, bound in enumerate(bounds):
        walking = bool((walking or begins[place]) and bound >= demand)
        best = place if walking else best
    if best is None:
        raise _never(examples, int(np.argmax(bounds)), thresholds, bounds, demand, error, confidence)
    return Found(
        float(thresholds[best]),
        int(counts.above[best]),
        int(counts.right[best]),
        float(counts.precision[best]),
        math.floor(float(bounds[best]) * 1e6) / 1e6,
        float(counts.hits[best] / examples.weights[examples.right].sum()),
    )


def _down(score: float) -> float:
    """Rounded down, so that the score itself is not below; a number that is written with few digits stays itself."""
    near = round(score, DECIMALS)
    return near if near <= score else round(near - 10.0**-DECIMALS, DECIMALS)


def refuse_the_thin(examples: Examples, what: str) -> None:
    """Raise `Refused` for examples that show nothing at all; `what` is what they should be, such as "hate"."""
    count, positives = len(examples), examples.positives
    unused = f"; {examples.unused:,} more have no judgement, no score or no weight" if examples.unused else ""
    if count < _LEAST:
        raise Refused(
            f"has {count} judged examples: nothing can be shown by so few",
            f"judge at least {_LEAST}, for a demand such as 0.98 some hundred{unused}",
        )
    if not positives:
        raise Refused(f"has no example of {what} among {count:,}", "nothing says what the score is right about")
    if positives == count:
        hint = (
            "take posts as they come, harmless ones too; those that one rule caught do not show what it is wrong about"
        )
        raise Refused(f"has nothing but examples of {what}, {count:,} of them", hint)


def _never(
    examples: Examples,
    place: int,
    thresholds: NDArray[np.float64],
    bounds: NDArray[np.float64],
    demand: float,
    error: float,
    confidence: float,
) -> Refused:
    counts = counted(examples, thresholds[place : place + 1])
    needed = math.ceil(math.log(error) / math.log(demand))
    best = (
        f"the best is from {thresholds[place]:g} on: {int(counts.right[0]):,} of {int(counts.above[0]):,} right, "
        f"so at least {percent(float(bounds[place]), down=True)} with {percent(confidence)} confidence"
    )
    hint = f"{best}; it takes {needed:,} examples above a threshold that are all right, more where some are wrong"
    if examples.weighted:
        hint += ", and more where few stand for many"
    return Refused(
        f"shows no threshold that is right {percent(demand)} of the time", f"{hint}; judge more, or ask less"
    )
