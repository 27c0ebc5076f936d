"""Trying again: after growing, random pauses, within the deadline."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import count

from moderation.errors import MediaReason, MediaUnavailable

FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 30.0
"""Also of a pause that a host asks for: one that asks for more is not asked again."""


class ComeBackLater(MediaUnavailable):
    """The host said when to ask again."""

    def __init__(self, message: str, reason: MediaReason, after_s: float) -> None:
        super().__init__(message, reason)
        self.after_s = after_s


async def persistently(attempt: Callable[[], Awaitable[bytes]], ends: float | None, attempts: int) -> bytes:
    """What `attempt` returns at the first or a later try.

    Nothing is begun or waited for after `ends` (loop time). Raises the last `MediaUnavailable` when trying again is of
    no use, and one of `deadline` when time runs out in an attempt.
    """
    loop = asyncio.get_running_loop()
    for number in count(1):
        if ends is not None and loop.time() >= ends:  # a timeout that is over still lets a first step be made
            raise MediaUnavailable("the deadline had passed before it was fetched", "deadline")
        clock = asyncio.timeout_at(ends)
        try:
            async with clock:
                return await attempt()
        except TimeoutError:
            if not clock.expired():
                raise
            raise MediaUnavailable("the deadline passed while it was being fetched", "deadline") from None
        except MediaUnavailable as error:
            pause = _pause_s(number, error)
            if number == attempts or pause > LONGEST_PAUSE_S or (ends is not None and loop.time() + pause >= ends):
                raise
        await asyncio.sleep(pause)
    raise AssertionError("unreachable")


def retry_after_s(header: str | None, now: datetime | None = None) -> float | None:
    """Seconds that a `Retry-After` asks for: a number, or a date (RFC 9110, 10.2.3); None where it says nothing."""
    if not header:
        return None
    if header.strip().isdecimal():
        return float(header) if len(header) < 10 else LONGEST_PAUSE_S * 2
    try:
        date = parsedate_to_datetime(header)
    except ValueError:
        return None
    at = date if date.tzinfo is not None else date.replace(tzinfo=UTC)
    return max(0.0, (at - (now or datetime.now(UTC))).total_seconds())


def _pause_s(number: int, error: MediaUnavailable) -> float:
    """Full jitter (Brooker, "Exponential Backoff And Jitter", 2015), and never less than the host asks for."""
    pause = random.uniform(0, FIRST_PAUSE_S * 2 ** (number - 1))
    return pause + (error.after_s if isinstance(error, ComeBackLater) else 0.0)
