"""The slow obvious way: the search spelled out on plain lists, with exact binomial tails instead of quantiles."""

import math
from collections.abc import Sequence
from fractions import Fraction


def tail(right: int, count: int, share: Fraction) -> Fraction:
    """The chance of at least `right` of `count` when each is right with probability `share`."""
    return sum(
        (math.comb(count, k) * share**k * (1 - share) ** (count - k) for k in range(right, count + 1)), Fraction(0)
    )


def resolve(scores: Sequence[float], right: Sequence[bool], demand: str, confidence: str) -> float | None:
    """The threshold, or None; scores are written with four decimals at most."""
    count, starts = len(scores), 0
    while count / 2**starts >= 16:
        starts += 1
    falling = sorted(scores, reverse=True)
    begins: dict[float, bool] = {}
    for step in reversed(range(16 * (starts - 1) + 1)):
        threshold = falling[math.ceil(count / 2 ** (step / 16)) - 1]
        begins[threshold] = begins.get(threshold, False) or step % 16 == 0
    best, going = None, False
    for threshold, first in begins.items():
        above = [label for score, label in zip(scores, right, strict=True) if score >= threshold]
        proven = tail(sum(above), len(above), Fraction(demand)) <= (1 - Fraction(confidence)) / starts
        going = (going or first) and proven
        best = threshold if going else best
    return best
