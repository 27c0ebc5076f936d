"""The stages of pictures and clips: take a record that needs their lane, have it looked at, send it on."""

from datetime import timedelta

from moderation.events import Scored
from moderation.lane import Lane
from streams.events import read_event
from streams.lane import LaneStage
from streams.messages import Message
from streams.observer import Observer

_FOR_EVER = timedelta(minutes=30)
"""Longer than the limits of fetching and of clips together let one item take."""


class MediaStage(LaneStage):
    """images or videos -> scored, and the next lane's topic where the post needs another.

    A batch waits for its slowest host, so there are many small ones.
    """

    window = 4
    in_flight = 32

    def __init__(self, lane: Lane, deadline: timedelta | None, observer: Observer | None = None) -> None:
        """`deadline` is how long after its time a post may still be looked at; None: as long as it takes."""
        super().__init__(lane, observer)
        self.slowest_s = (deadline or _FOR_EVER).total_seconds()

    def _read(self, message: Message) -> Scored:
        return read_event(Scored, message.value, "record")
