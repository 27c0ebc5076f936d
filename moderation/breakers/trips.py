"""How a breaker stands at a time, as its trips have it: closed, open, or half-open."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

State = Literal["closed", "open", "half_open"]

DOUBLED_AT_MOST = 16.0
"""A breaker that trips again while it is half-open stays open twice as long, up to so many times its cool-down."""

LONGEST_S = 86_400.0
"""And never longer than a day."""


@dataclass(frozen=True, slots=True)
class Trip:
    """A quota was reached by a post of the time `at`. Times are seconds since the epoch.

    Posts from `since` on, with which the quota's window begins, up to `until` are stopped. `cool_s` is the cool-down
    that it was opened for, in seconds.
    """

    at: float
    since: float
    until: float
    cool_s: float

    def again_s(self, base_s: float) -> float:
        """The cool-down of a trip that follows while this one is half-open; `base_s` is that of the policy."""
        return max(base_s, min(2.0 * self.cool_s, DOUBLED_AT_MOST * base_s, LONGEST_S))


@dataclass(frozen=True, slots=True)
class Standing:
    """The state of a breaker for posts of some time, and the trip that made it, None before the first."""

    state: State
    trip: Trip | None = None


CLOSED = Standing("closed")

_LATEST_S = datetime.max.replace(microsecond=0, tzinfo=UTC).timestamp()


def date(time: float) -> datetime:
    """The date of a time, the last there is for those after it: a producer's clock may stand in the year 9999."""
    return datetime.fromtimestamp(min(time, _LATEST_S), UTC)


def standing(trips: Iterable[Trip], time: float, probation_s: float) -> Standing:
    """How a breaker stands for posts of a time. After a trip it is half-open for `probation_s` seconds.

    It depends on the time alone: for one post it stays the same, however late its last lane reports and whatever is
    decided meanwhile, unless a trip is added.
    """
    last: Trip | None = None
    for trip in trips:
        if trip.since <= time and (last is None or trip.until > last.until):
            last = trip
    if last is None:
        return CLOSED
    if time < last.until:
        return Standing("open", last)
    return Standing("half_open" if time < last.until + probation_s else "closed", last)
