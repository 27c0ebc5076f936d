"""Trying again ends: by success, by a number, by the deadline."""

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.media.fetching.retries import ComeBackLater, persistently, retry_after_s
from moderation.errors import MediaError, MediaMissing, MediaUnavailable

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


class Attempts:
    """Fails in turn with each error, and then succeeds."""

    def __init__(self, *errors: MediaError) -> None:
        self.left = list(errors)
        self.made = 0

    async def __call__(self) -> bytes:
        self.made += 1
        if self.left:
            raise self.left.pop(0)
        return b"picture"


def test_what_may_pass_is_tried_until_it_has_passed() -> None:
    attempts = Attempts(MediaUnavailable("a", "timeout"), ComeBackLater("b", "busy", 0.0))
    assert asyncio.run(persistently(attempts, None, 3)) == b"picture"


def test_the_last_error_is_the_one_that_is_told() -> None:
    attempts = Attempts(MediaUnavailable("a", "timeout"), MediaUnavailable("b", "unreachable"))
    with pytest.raises(MediaUnavailable, match="b"):
        asyncio.run(persistently(attempts, None, 2))


def test_what_does_not_pass_is_not_tried_again() -> None:
    attempts = Attempts(MediaMissing("gone", "not found"))
    with pytest.raises(MediaMissing):
        asyncio.run(persistently(attempts, None, 9))
    assert attempts.made == 1


def test_after_the_deadline_no_attempt_is_begun() -> None:
    async def test(attempts: Attempts) -> None:
        await persistently(attempts, asyncio.get_running_loop().time(), 9)

    attempts = Attempts()
    with pytest.raises(MediaUnavailable) as failure:
        asyncio.run(test(attempts))
    assert failure.value.reason == "deadline"
    assert attempts.made == 0


def test_a_pause_of_a_minute_is_not_waited_for_even_without_a_deadline() -> None:
    attempts = Attempts(ComeBackLater("later", "busy", 60.0))
    with pytest.raises(ComeBackLater):
        asyncio.run(persistently(attempts, None, 9))
    assert attempts.made == 1


@pytest.mark.parametrize(
    ("header", "seconds"),
    [(None, None), ("", None), ("0", 0), (" 17 ", 17), ("-1", None), ("1.5", None), ("soon", None), ("9" * 400, 60)],
)
def test_a_host_may_say_in_seconds_when_to_come_back(header: str | None, seconds: float | None) -> None:
    assert retry_after_s(header) == seconds


@given(st.integers(-100_000, 100_000))
def test_a_host_may_say_by_a_date_when_to_come_back(seconds: int) -> None:
    header = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)
    assert retry_after_s(header, NOW) == max(0, seconds)


@given(st.text())
def test_any_header_is_read_without_an_error(header: str) -> None:
    after_s = retry_after_s(header, NOW)
    assert after_s is None or after_s >= 0
