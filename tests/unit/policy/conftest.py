"""Signals of lanes that do not exist yet, registered as such a lane would: nothing else has to change."""

from collections.abc import Iterator

import pytest

from moderation.signals import SIGNALS, Signal

LATER = [
    Signal("image.hate", "image", "score", "for tests"),
    Signal("image.people", "image", "number", "for tests"),
    Signal("video.hate", "video", "score", "for tests"),
    Signal("video.language", "video", "string", "for tests"),
]


@pytest.fixture(scope="module")
def later_lanes() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for signal in LATER:
            patch.setitem(SIGNALS, signal.name, signal)
        yield
