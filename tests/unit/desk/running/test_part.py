"""A part of the desk begins again whatever it fails with, and says so meanwhile."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from moderation.desk.running.part import Part
from moderation.errors import DatabaseUnavailable

PATIENCE_S = 20.0


class Scripted(Part):
    """Does one step after the other, one for each time that it begins."""

    name = "scripted"

    def __init__(self, *steps: Callable[["Scripted"], None]) -> None:
        super().__init__()
        self._steps = iter(steps)
        self.ended = threading.Event()

    def work(self) -> None:
        step = next(self._steps, None)
        if step is None:
            self.ended.set()
            self.stopping.wait()
        else:
            step(self)


@contextmanager
def started(part: Scripted) -> Iterator[Scripted]:
    part.start()
    try:
        yield part
    finally:
        part.stopping.set()
        part.join(PATIENCE_S)


def _away(part: Scripted) -> None:
    raise DatabaseUnavailable("the desk's database is away\nmore of it")


def _bug(part: Scripted) -> None:
    raise KeyError("lost")


def test_a_part_that_fails_begins_again_and_tells_its_trouble_until_it_gets_on() -> None:
    troubles: list[str | None] = []

    def note(part: Scripted) -> None:
        troubles.append(part.trouble and part.trouble.message)

    with started(Scripted(note, _away, note, Part.well, note)) as part:
        assert part.ended.wait(PATIENCE_S)
    assert troubles == [None, "the desk's database is away", None]


def test_a_bug_does_not_end_it_either() -> None:
    with started(Scripted(_bug, _bug)) as part:
        assert part.ended.wait(PATIENCE_S)
        assert part.trouble is not None
        assert "KeyError" in part.trouble.message


def test_trouble_has_begun_when_it_began() -> None:
    begins = []
    with started(Scripted(_away, lambda part: begins.append(part.trouble), _bug)) as part:
        assert part.ended.wait(PATIENCE_S)
        assert part.trouble is not None
        assert begins[0] is not None
        assert part.trouble.since == begins[0].since
