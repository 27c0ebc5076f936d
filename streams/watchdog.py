"""Ends a worker that has silently stopped: its offsets stand still while there is something to read.

It runs in a thread of its own with clients of its own, so that a blocked event loop or a consumer that is stuck
inside cannot keep it quiet, and it trusts only what the broker says.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

log = logging.getLogger(__name__)

EXIT_STALLED = 70  # EX_SOFTWARE of sysexits.h

Place = tuple[str, int]
"""A topic and a partition."""


class Offsets(Protocol):
    """What the broker knows. Every method may raise when it is away."""

    def committed(self) -> dict[Place, int]:
        """The next offset the group will read; without an entry where nothing is committed yet."""
        ...

    def has_record(self, place: Place, offset: int | None) -> bool:
        """Whether a record can be read at or after `offset` (None: from the beginning).

        End offsets alone do not tell: markers of transactions count in them and can never be read.
        """
        ...


@dataclass(slots=True)
class _Stand:
    offset: int | None
    since: float


class Watchdog:
    """Barks when one of `assigned()` stands still for `timeout_s` although there is a record to read."""

    def __init__(
        self,
        offsets: Offsets,
        assigned: Callable[[], Iterable[Place]],
        timeout_s: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        bark: Callable[[Place, float], None] | None = None,
    ) -> None:
        self._offsets = offsets
        self._assigned = assigned
        self._timeout_s = timeout_s
        self._clock = clock
        self._bark = bark or _exit
        self._stands: dict[Place, _Stand] = {}
        self._stopped = threading.Event()

    def start(self) -> None:
        """Watch in a daemon thread."""
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def stop(self) -> None:
        """Stop watching."""
        self._stopped.set()

    def _watch(self) -> None:
        while not self._stopped.wait(self._timeout_s / 6):
            try:
                self.look()
            except Exception as error:  # the broker is away: then nothing can be said of the worker
                log.debug("watchdog: cannot ask the broker: %s", error)
                self._stands.clear()

    def look(self) -> None:
        """Compare with the last look; called by the thread."""
        committed = self._offsets.committed()
        now = self._clock()
        assigned = set(self._assigned())
        self._stands = {place: stand for place, stand in self._stands.items() if place in assigned}
        for place in assigned:
            offset = committed.get(place)
            stand = self._stands.get(place)
            if not self._offsets.has_record(place, offset):
                self._stands.pop(place, None)
            elif stand is None or stand.offset != offset:
                self._stands[place] = _Stand(offset, now)
            elif now - stand.since >= self._timeout_s:
                self._bark(place, now - stand.since)


def _exit(place: Place, seconds: float) -> None:
    log.critical(
        "offsets of %s-%d stand still for %.0f s while there is lag: exiting %d so that the supervisor restarts us",
        *place, seconds, EXIT_STALLED,
    )  # fmt: skip
    logging.shutdown()
    os._exit(EXIT_STALLED)
