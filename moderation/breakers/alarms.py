"""What people are told of a breaker: the same occasion has the same id, whichever worker tells it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from moderation import ids
from moderation.breakers.quotas import Quota, Reached, cool_down_s
from moderation.breakers.trips import Standing, Trip, date
from moderation.events import Alarm, Scalar
from moderation.policy import Policy
from moderation.policy.model import Breaker
from moderation.policy.plain import duration
from moderation.policy.quotas import guarded, percent


def opened(breaker: Breaker, policy: Policy, trip: Trip, reached: Reached, at: datetime, again: bool) -> Alarm:
    """It has tripped; `again`: while it was half-open."""
    counted, limit = _numbers(breaker, reached)
    opens = "opens again" if again else "is open"
    message = f"Breaker {breaker.id} {opens}: {counted}. Until {moment(trip.until)} a human looks instead."
    values: dict[str, Scalar] = {
        "quota": reached.quota,
        "limit": limit,
        "posts": reached.posts,
        **({"decided": reached.decided} if reached.quota == "share" else {}),
        "until": date(trip.until).isoformat(),
    }
    return _alarm("breaker_open", breaker, policy, trip, message, at, values)


def of_standing(breaker: Breaker, policy: Policy, stands: Standing, at: datetime) -> Iterator[Alarm]:
    """What there is to tell, if it was not told, of a breaker that stands so at the time of a post."""
    if stands.trip is None or stands.state == "open":
        return
    end = stands.trip.until + cool_down_s(breaker)
    if stands.state == "half_open":
        message = (
            f"Breaker {breaker.id} is half-open: a few posts are let through to see. "
            f"If no quota is reached by {moment(end)}, it closes."
        )
        values: dict[str, Scalar] = {"until": date(end).isoformat()}
        yield _alarm("breaker_half_open", breaker, policy, stands.trip, message, at, values)
    else:
        message = f"Breaker {breaker.id} is closed: {guarded(breaker)} as usual."
        yield _alarm("breaker_closed", breaker, policy, stands.trip, message, at, {})


def moment(time: float) -> str:
    """Seconds since the epoch as people read them."""
    return date(time).strftime("%Y-%m-%d %H:%M:%S UTC")


def _numbers(breaker: Breaker, reached: Reached) -> tuple[str, float]:
    """What was counted, in words, and the quota."""
    what = guarded(breaker)
    if reached.quota == "share" and breaker.share is not None:
        share = breaker.share
        part = percent(reached.posts / reached.decided)
        counted = f"{what} on {reached.posts:,} of {reached.decided:,} posts ({part}) in {duration(share.within)}"
        return f"{counted}, {percent(share.of)} may be", share.of
    limit = (breaker.per_minute if reached.quota == "per_minute" else breaker.per_day) or 0
    return f"{what} on {reached.posts:,} posts in a {_SPANS[reached.quota]}, {limit:,} may be", limit


_SPANS: dict[Quota, str] = {"per_minute": "minute", "per_day": "day"}


def _alarm(
    kind: Literal["breaker_open", "breaker_half_open", "breaker_closed"],
    breaker: Breaker,
    policy: Policy,
    trip: Trip,
    message: str,
    at: datetime,
    values: dict[str, Scalar],
) -> Alarm:
    # Workers that meet a full quota before they hear of each other tell of one trip: another follows a cool-down later
    # at the earliest. Only if a multiple of the cool-down lies between the two have they two ids.
    occasion = int(trip.at // cool_down_s(breaker))
    return Alarm(
        alarm_id=ids.alarm_id(kind, breaker.id, policy.name, occasion),
        kind=kind,
        subject=breaker.id,
        message=message,
        at=at,
        policy_hash=policy.hash,
        values=values,
    )
