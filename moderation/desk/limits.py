"""How often somebody may come: the one place with numbers. Counted per process, in memory, bounded."""

import math
import threading
from collections import OrderedDict
from datetime import datetime
from typing import Literal, NamedTuple

from moderation.desk.refusals import TooMany

What = Literal[
    "request from an address",
    "request of a person",
    "request of a token",
    "sign-in of a login",
    "sign-in from an address",
]


class Rate(NamedTuple):
    """`burst` at once, and then as many again per `seconds`, evenly."""

    burst: int
    seconds: float


RATES: dict[What, Rate] = {
    "request from an address": Rate(6000, 60),  # a whole office may share one
    "request of a person": Rate(600, 60),  # answering by keys, with prefetching and thumbnails, needs a third of it
    "request of a token": Rate(600, 60),
    "sign-in of a login": Rate(10, 600),
    "sign-in from an address": Rate(30, 600),
}

_REMEMBERED = 20_000  # of each kind; the ones not seen for longest are forgotten


class Limits:
    """Token buckets (as in RFC 2697): each kind has one per key."""

    def __init__(self, rates: dict[What, Rate] = RATES) -> None:
        self._rates = rates
        self._buckets: dict[What, OrderedDict[str, tuple[float, datetime]]] = {what: OrderedDict() for what in rates}
        self._lock = threading.Lock()

    def take(self, what: What, key: str, now: datetime) -> None:
        """Count one; raises `TooMany` with the time until the next is taken."""
        burst, seconds = self._rates[what]
        with self._lock:
            buckets = self._buckets[what]
            left, at = buckets.pop(key, (float(burst), now))
            left = min(float(burst), left + max(0.0, (now - at).total_seconds()) * burst / seconds)
            buckets[key] = (left - 1 if left >= 1 else left, now)
            if len(buckets) > _REMEMBERED:
                buckets.popitem(last=False)
        if left < 1:
            wait = math.ceil((1 - left) * seconds / burst)
            raise TooMany(f"too many requests of this kind; please wait {_words(wait)} and try again", wait)

    def clear(self, what: What, key: str) -> None:
        """Forget what was counted, such as failed sign-ins after one that succeeded."""
        with self._lock:
            self._buckets[what].pop(key, None)


def _words(seconds: int) -> str:
    return f"{seconds} seconds" if seconds < 120 else f"{math.ceil(seconds / 60)} minutes"
