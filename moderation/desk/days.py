"""Days that people give in forms; they are those of UTC, like all times of the desk."""

from datetime import UTC, date, datetime, time, timedelta

from moderation.errors import ReviewError


def beginning(text: str, plus: timedelta = timedelta()) -> datetime | None:
    """When a day as `2026-11-30` begins, and so much later; None where nothing is given. Raises `ReviewError`."""
    if not text:
        return None
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC) + plus
    except (ValueError, OverflowError):
        raise ReviewError(f"{text[:40]!r} is no day: write it as 2026-11-30") from None
