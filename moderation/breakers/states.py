"""How the breakers of a policy stand, as the `counts` topic tells it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from moderation.breakers import quotas
from moderation.breakers.breakers import Breakers
from moderation.breakers.ledger import Ledger
from moderation.breakers.quotas import Quota
from moderation.breakers.tally import STEPS, Cell, Tally, together
from moderation.breakers.trips import State, date, standing
from moderation.policy import Policy
from moderation.policy.model import Breaker
from moderation.state.change import Change


@dataclass(frozen=True, slots=True)
class BreakerState:
    """One breaker at a time: until when it stays as it is, unless a quota is reached, and what its windows hold.

    `posts` are those acted on in each quota's window, `decided` all posts in the window of `share`.
    """

    breaker: Breaker
    state: State
    until: datetime | None
    posts: dict[Quota, int]
    decided: int


def breaker_states(
    policy: Policy, values: Iterable[tuple[int, bytes, bytes | None]], at: datetime
) -> list[BreakerState]:
    """The breakers of a policy for posts of a time, by id.

    `values` are partition, key and value of the records of the `counts` topic, in the order of each partition.
    """
    heard = Breakers()
    for partition, key, value in values:
        heard.elsewhere(partition, Change("counts", key, value))
    return [_state(policy.breakers[name], heard.ledgers(name), at.timestamp()) for name in sorted(policy.breakers)]


def _state(breaker: Breaker, ledgers: list[Ledger], time: float) -> BreakerState:
    probation_s = quotas.cool_down_s(breaker)
    stands = standing((trip for ledger in ledgers for trip in ledger.trips), time, probation_s)
    until = None
    if stands.trip is not None and stands.state != "closed":
        end = stands.trip.until + (probation_s if stands.state == "half_open" else 0.0)
        until = date(end)
    posts: dict[Quota, int] = {}
    decided = 0
    for quota, window_s in quotas.windows_s(breaker).items():
        step = Tally(window_s).step(time)
        counted = Cell()
        tallies = [ledger.tallies[window_s] for ledger in ledgers if window_s in ledger.tallies]
        for cell in together(tallies, step - STEPS, step).values():
            counted += cell
        posts[quota] = counted.acted
        decided = counted.decided if quota == "share" else decided
    return BreakerState(breaker, stands.state, until, posts, decided)
