"""Whether a quota of a breaker is reached, by the counts of all partitions together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from moderation.breakers.ledger import Ledger
from moderation.breakers.tally import STEPS, Cell, Tally, together, windows
from moderation.policy.model import Breaker

MINUTE_S, DAY_S = 60, 86_400

Quota = Literal["per_minute", "per_day", "share"]


@dataclass(frozen=True, slots=True)
class Reached:
    """A quota that is reached: by how many posts, of how many, in which window. Times are seconds since the epoch.

    `room` is when the window has room again, if nothing more is counted.
    """

    quota: Quota
    posts: int
    decided: int
    since: float
    room: float


def cool_down_s(breaker: Breaker) -> int:
    """How long it stays open at first, and half-open after that: whole seconds."""
    return int(breaker.cool_down.total_seconds())


def windows_s(breaker: Breaker) -> dict[Quota, int]:
    """The lengths of the windows of its quotas, in seconds."""
    found: dict[Quota, int] = {}
    if breaker.per_minute is not None:
        found["per_minute"] = MINUTE_S
    if breaker.per_day is not None:
        found["per_day"] = DAY_S
    if breaker.share is not None:
        found["share"] = int(breaker.share.within.total_seconds())
    return found


def reached(breaker: Breaker, ledgers: Sequence[Ledger], time: float) -> Reached | None:
    """The quota that is reached by a post of this time and those around it, the one that lasts longest; else None."""
    found = []
    for quota, window_s in windows_s(breaker).items():
        own = Tally(window_s)
        first = own.step(time)
        cells = together(_tallies(ledgers, window_s), first - STEPS, first + STEPS)
        for end, posts in windows(cells, first):
            if _full(breaker, quota, posts.acted, posts.decided):
                room = own.start(_room(breaker, quota, cells, end))
                found.append(Reached(quota, posts.acted, posts.decided, own.start(end - STEPS), room))
    return max(found, key=lambda own: own.room, default=None)


def would_be_reached(breaker: Breaker, ledgers: Sequence[Ledger], time: float, start: float) -> Reached | None:
    """The quota that would be reached again since `start`, were the posts acted on that the breaker has stopped."""
    trial = Tally(cool_down_s(breaker))
    since = Cell()
    for cell in together(_tallies(ledgers, trial.window_s), trial.step(start), trial.step(time)).values():
        since += cell
    for quota, window_s in windows_s(breaker).items():
        posts, decided = since.acted + since.stopped, since.decided
        if quota == "per_minute":
            own = Tally(window_s)
            low = max(own.step(start), own.step(time) - STEPS)
            cells = together(_tallies(ledgers, window_s), low, own.step(time)).values()
            posts = sum(cell.acted + cell.stopped for cell in cells)
        if _full(breaker, quota, posts, decided):
            return Reached(quota, posts, decided, start, time)
    return None


def let_through(breaker: Breaker, ledgers: Sequence[Ledger], start: float) -> int:
    """On how many posts it was acted since `start`."""
    trial = Tally(cool_down_s(breaker))
    first = trial.step(start)
    return sum(cell.acted for cell in together(_tallies(ledgers, trial.window_s), first, first + STEPS).values())


def _full(breaker: Breaker, quota: Quota, posts: int, decided: int) -> bool:
    if quota == "share":
        if breaker.share is None or posts == 0 or decided < breaker.share.at_least:
            return False
        return posts >= breaker.share.of * decided * (1.0 - 1e-9)  # 7 of 100 are 7%
    limit = breaker.per_minute if quota == "per_minute" else breaker.per_day
    return limit is not None and posts >= limit


def _room(breaker: Breaker, quota: Quota, cells: dict[int, Cell], end: int) -> int:
    """The first step that a post may lie in without a full window: what was counted up to there has left it."""
    if quota == "share":
        return end  # nothing is acted on while it is open, so that the share falls by itself
    acted = sorted((step, cell.acted) for step, cell in cells.items() if cell.acted)
    for place, (step, _) in enumerate(acted):
        if not _full(breaker, quota, sum(count for _, count in acted[place + 1 :]), 0):
            return max(end, step + STEPS + 1)
    return end


def _tallies(ledgers: Sequence[Ledger], window_s: int) -> list[Tally]:
    return [ledger.tallies[window_s] for ledger in ledgers if window_s in ledger.tallies]
