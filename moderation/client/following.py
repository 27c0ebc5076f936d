"""Follows a topic as events: what was seen before, is outdated, or cannot be read is left out."""

import logging
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from types import TracebackType
from typing import Generic, TypeVar

from pydantic import ValidationError

from moderation.client.reading import Reader
from moderation.events import Alarm, Decision, Event, ReviewItem

log = logging.getLogger(__name__)

E = TypeVar("E", bound=Event)

REMEMBERED = 100_000
"""How many ids, and how many posts, a follower remembers: some 30 MB. Repeats come close to what they repeat."""


class Follower(Generic[E]):
    """An iterator over events, and a context manager; made by `ModerationClient`.

    Asking for the next event says that the one before is dealt with; its place is committed only then (with a
    group), so that a crash while dealing with it brings it again. `skipped` counts values that are not valid
    events of this version.
    """

    def __init__(self, reader: Reader, model: type[E], wanted: "Callable[[E], bool]") -> None:
        self._reader = reader
        self._model = model
        self._wanted = wanted
        self.skipped = 0

    def __iter__(self) -> Iterator[E]:
        return self

    def __next__(self) -> E:
        while True:
            record = next(self._reader)
            try:
                event = self._model.model_validate_json(record.value or b"")
            except ValidationError as error:
                self.skipped += 1
                if self.skipped == 1:  # a newer producer may write thousands of them
                    log.warning(
                        "%s-%d@%d is not a valid %s (%s) and is skipped, as others will be silently",
                        record.topic,
                        record.partition,
                        record.offset,
                        self._model.__name__,
                        error.errors(include_input=False, include_url=False)[0]["msg"],
                    )
                continue
            if self._wanted(event):
                return event

    def done(self) -> None:
        """The event given last is dealt with: commit its place without asking for another."""
        self._reader.done()

    def close(self) -> None:
        """Leave the group and disconnect."""
        self._reader.close()

    def __enter__(self) -> "Follower[E]":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class CurrentDecisions:
    """Lets each `decision_id` through once, and no decision that is older than the one held for its post."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._seen = _Memory[None](remembered)
        self._held = _Memory[tuple[int, int, int]](remembered)

    def __call__(self, decision: Decision) -> bool:
        if self._seen.swap(decision.decision_id, None):
            return False
        held = self._held.get(decision.post_id)
        if held is not None and decision.order() < held:
            return False
        self._held.swap(decision.post_id, decision.order())
        return True


class CurrentReviews:
    """Lets each state of a review item through once; closed ones only if asked for."""

    def __init__(self, closed: bool, remembered: int = REMEMBERED) -> None:
        self._closed = closed
        self._seen = _Memory[None](remembered)

    def __call__(self, item: ReviewItem) -> bool:
        if self._seen.swap((item.review_id, item.decision_id, item.status), None):
            return False
        return self._closed or item.status == "open"


class NewAlarms:
    """Lets each `alarm_id` through once: several workers may tell of one occasion."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._seen = _Memory[None](remembered)

    def __call__(self, alarm: Alarm) -> bool:
        return not self._seen.swap(alarm.alarm_id, None)


V = TypeVar("V")


class _Memory(Generic[V]):
    """The values of the `size` keys used last."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict[Hashable, V] = OrderedDict()

    def get(self, key: Hashable) -> V | None:
        return self._values.get(key)

    def swap(self, key: Hashable, value: V) -> bool:
        """Remember; True if the key was remembered already."""
        known = key in self._values
        self._values[key] = value
        self._values.move_to_end(key)
        if len(self._values) > self._size:
            self._values.popitem(last=False)
        return known
