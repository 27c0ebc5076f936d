"""A breaker in plain language: what it guards, and how much of that may happen."""

from moderation.policy.model import Breaker
from moderation.policy.plain import duration


def guarded(breaker: Breaker) -> str:
    """What it guards: `remove`, `rules hate-remove and spam-remove`."""
    names = breaker.actions or breaker.rules
    listed = " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)
    return listed if breaker.actions else f"{'rules' if len(names) > 1 else 'rule'} {listed}"


def allowed(breaker: Breaker) -> str:
    """Its quotas: `at most 100 posts a minute or 2% of at least 200 posts in 10m`."""
    parts = []
    if breaker.per_minute is not None:
        parts.append(f"{breaker.per_minute:,} {_posts(breaker.per_minute)} a minute")
    if breaker.per_day is not None:
        parts.append(f"{breaker.per_day:,} {_posts(breaker.per_day)} a day")
    if breaker.share is not None:
        share = breaker.share
        within = duration(share.within)
        parts.append(f"{percent(share.of)} of the posts in {within} once there are {share.at_least:,}")
    return f"at most {' or '.join(parts)}"


def percent(part: float) -> str:
    """`2%`"""
    return f"{100 * part:.4g}%"


def _posts(count: int) -> str:
    return "post" if count == 1 else "posts"
