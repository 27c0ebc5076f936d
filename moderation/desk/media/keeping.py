"""Pixels are asked for several times while an item is worked on: kept for some minutes, in memory only."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from moderation.desk.media.stills import Still, Stills
from moderation.errors import MediaError
from moderation.events import Media

MOST_BYTES = 128 * 2**20
KEPT_FOR = timedelta(minutes=10)

_Key = tuple[str, str, tuple[int, ...]]
_Found = Mapping[int, Still] | MediaError


class KeptStills:
    """`Stills` of others, each asked for once however many ask at a time. What fails for good is kept, too.

    What is past its time is forgotten also when nobody asks for anything any more: its author may be erased by then.
    """

    def __init__(
        self,
        stills: Stills,
        now: Callable[[], datetime],
        most_bytes: int = MOST_BYTES,
        kept_for: timedelta = KEPT_FOR,
    ) -> None:
        self._stills = stills
        self._now = now
        self._most = most_bytes
        self._kept_for = kept_for
        self._forgetting: threading.Timer | None = None
        self._lock = threading.Lock()
        self._asking: dict[_Key, threading.Event] = {}
        self._kept: OrderedDict[_Key, tuple[datetime, int, _Found]] = OrderedDict()
        self._bytes = 0

    def of(self, media: Media, at_ms: Sequence[int] = ()) -> Mapping[int, Still]:
        """See `Stills.of`."""
        key = (media.kind, media.url or f"content:{media.without_content().url}", tuple(at_ms))
        while True:
            with self._lock:
                self._forget_old()
                if key in self._kept:
                    self._kept.move_to_end(key)
                    return _given(self._kept[key][2])
                others = self._asking.get(key)
                if others is None:
                    self._asking[key] = threading.Event()
                    break
            others.wait()
        try:
            return self._asked(key, media, at_ms)
        finally:
            with self._lock:
                self._asking.pop(key).set()

    def _asked(self, key: _Key, media: Media, at_ms: Sequence[int]) -> Mapping[int, Still]:
        found: _Found
        try:
            found = self._stills.of(media, at_ms)
        except MediaError as error:
            if error.retriable:
                raise
            found = error
        self._keep(key, found)
        return _given(found)

    def _keep(self, key: _Key, found: _Found) -> None:
        size = 0 if isinstance(found, MediaError) else sum(len(still.rgb) for still in found.values())
        with self._lock:
            self._kept[key] = (self._now() + self._kept_for, size, found)
            self._bytes += size
            while self._bytes > self._most and len(self._kept) > 1:
                _, (_, freed, _) = self._kept.popitem(last=False)
                self._bytes -= freed
            if self._forgetting is None:
                self._forget_later()

    def _forget_later(self) -> None:
        first = min(until for until, _, _ in self._kept.values())
        wait = max(first - self._now(), timedelta(milliseconds=1))
        self._forgetting = threading.Timer(wait / timedelta(seconds=1), self._forget_by_itself)
        self._forgetting.name, self._forgetting.daemon = "forget stills", True
        self._forgetting.start()

    def _forget_by_itself(self) -> None:
        with self._lock:
            self._forget_old()
            self._forgetting = None
            if self._kept:
                self._forget_later()

    def _forget_old(self) -> None:
        now = self._now()
        for key in [key for key, (until, _, _) in self._kept.items() if until <= now]:
            self._bytes -= self._kept.pop(key)[1]


def _given(found: _Found) -> Mapping[int, Still]:
    if isinstance(found, MediaError):
        raise found
    return found
