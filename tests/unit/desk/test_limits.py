"""Rate limits: as many as were said, at any times."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.desk.limits import RATES, Limits, Rate
from moderation.desk.refusals import TooMany

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
WHAT = "request of a person"


def taken(limits: Limits, key: str, at: datetime) -> float | None:
    """None where one was taken, else the seconds until the next is."""
    try:
        limits.take(WHAT, key, at)
    except TooMany as refused:
        return refused.retry_after_s
    return None


@given(burst=st.integers(1, 5), seconds=st.integers(1, 100), gaps=st.lists(st.floats(0, 50), max_size=40))
def test_in_any_span_no_more_are_taken_than_at_once_and_since(burst: int, seconds: int, gaps: list[float]) -> None:
    limits = Limits(RATES | {WHAT: Rate(burst, seconds)})
    at, times = NOW, []
    for gap in gaps:
        at += timedelta(seconds=gap)
        if taken(limits, "a", at) is None:
            times.append(at)
    for first in range(len(times)):
        for last in range(first, len(times)):
            span = (times[last] - times[first]).total_seconds()
            assert last - first + 1 <= burst + span * burst / seconds + 1e-6


@given(burst=st.integers(1, 5), seconds=st.integers(1, 100), gap=st.floats(0, 50))
def test_after_the_wait_that_was_told_the_next_is_taken(burst: int, seconds: int, gap: float) -> None:
    limits = Limits(RATES | {WHAT: Rate(burst, seconds)})
    waits = [taken(limits, "a", NOW) for _ in range(burst + 1)]
    assert waits[:-1] == [None] * burst
    wait = waits[-1]
    assert wait is not None
    assert taken(limits, "a", NOW + timedelta(seconds=wait)) is None
    assert taken(limits, "b", NOW) is None


def test_the_message_says_how_long() -> None:
    limits = Limits(RATES | {WHAT: Rate(1, 600)})
    limits.take(WHAT, "a", NOW)
    with pytest.raises(TooMany, match="please wait 10 minutes and try again"):
        limits.take(WHAT, "a", NOW)
    limits.clear(WHAT, "a")
    limits.take(WHAT, "a", NOW)


def test_a_clock_that_goes_back_gives_nothing_away() -> None:
    limits = Limits(RATES | {WHAT: Rate(1, 60)})
    limits.take(WHAT, "a", NOW)
    assert taken(limits, "a", NOW - timedelta(days=1)) is not None
