"""Pixels are asked for once, and forgotten again."""

import threading
import weakref
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from moderation.desk.media.keeping import KEPT_FOR, KeptStills
from moderation.desk.media.stills import Still
from moderation.errors import MediaError, MediaUnavailable
from moderation.events import Media


class Source:
    """Stills of ten by ten pixels; asked for what is in `errors`, raises it."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.errors: dict[str, MediaError] = {}
        self.go_on = threading.Event()
        self.go_on.set()

    def of(self, media: Media, at_ms: Sequence[int] = ()) -> Mapping[int, Still]:
        self.asked.append(media.media_id)
        self.go_on.wait(10)
        if media.media_id in self.errors:
            raise self.errors[media.media_id]
        return {0: Still(10, 10, bytes(300))}


class Clock:
    now = datetime(2026, 11, 21, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def _picture(name: str) -> Media:
    return Media(media_id=name, kind="image", url=f"https://example.org/{name}")


def test_many_who_ask_at_once_cost_one_fetch() -> None:
    source = Source()
    source.go_on.clear()
    kept = KeptStills(source, Clock())
    found: list[Mapping[int, Still]] = []
    threads = [threading.Thread(target=lambda: found.append(kept.of(_picture("a")))) for _ in range(5)]
    for thread in threads:
        thread.start()
    source.go_on.set()
    for thread in threads:
        thread.join()
    assert (len(found), source.asked) == (5, ["a"])


def test_what_is_past_its_time_goes_also_when_nobody_asks_any_more() -> None:
    class Frames(dict[int, Still]):
        """Which, unlike a dict, can be watched."""

    class Watched:
        def __init__(self) -> None:
            self.gone = [threading.Event(), threading.Event()]

        def of(self, media: Media, at_ms: Sequence[int] = ()) -> Mapping[int, Still]:
            frames = Frames({0: Still(10, 10, bytes(300))})
            weakref.finalize(frames, self.gone[int(media.media_id)].set)
            return frames

    source = Watched()
    kept = KeptStills(source, lambda: datetime.now(UTC), kept_for=timedelta(milliseconds=20))
    kept.of(_picture("0"))
    kept.of(_picture("1"))
    assert all(gone.wait(60) for gone in source.gone)


def test_what_was_kept_is_forgotten_in_time_and_when_there_is_too_much() -> None:
    source, clock = Source(), Clock()
    kept = KeptStills(source, clock, most_bytes=700)
    for name in ("a", "b", "a", "c", "a", "b"):
        kept.of(_picture(name))
    assert source.asked == ["a", "b", "c", "b"]
    clock.now += KEPT_FOR + timedelta(seconds=1)
    kept.of(_picture("b"))
    assert source.asked[-2:] == ["b", "b"]


def test_what_fails_for_good_is_kept_and_what_may_work_later_is_not() -> None:
    source = Source()
    source.errors = {"gone": MediaError("gone", "not found"), "slow": MediaUnavailable("slow", "timeout")}
    kept = KeptStills(source, Clock())
    for name in ("gone", "gone", "slow", "slow"):
        with pytest.raises(MediaError):
            kept.of(_picture(name))
    assert source.asked == ["gone", "slow", "slow"]
