"""A thread that never dies silently: what it fails with is told, and it begins again."""

import logging
import threading
from abc import ABC, abstractmethod
from datetime import UTC, datetime
from typing import NamedTuple

from moderation.errors import ModerationError

log = logging.getLogger(__name__)

_FIRST_S, _LONGEST_S = 0.5, 15.0


class Trouble(NamedTuple):
    """Why a part does not get on, and since when."""

    since: datetime
    message: str


class Part(ABC):
    """Work in a thread of its own, until `stopping` is set. What it raises is logged; after a while it begins anew.

    `trouble` is None while all is well.
    """

    name: str

    def __init__(self) -> None:
        self.trouble: Trouble | None = None
        self.stopping = threading.Event()
        self._wait_s = _FIRST_S
        self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)

    @abstractmethod
    def work(self) -> None:
        """Do the work until `stopping` is set; call `well` whenever some of it is done. May raise."""

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def join(self, timeout_s: float) -> None:
        """Once `stopping` is set: let it finish what it is at. Abandoned then: all it does may be done again."""
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def well(self) -> None:
        """Some work is done."""
        if self.trouble is not None:
            log.info("%s: goes on", self.name)
        self.trouble = None
        self._wait_s = _FIRST_S

    def ails(self, message: str) -> None:
        """Something is wrong that does not stop the work. Told until `well` is called."""
        if self.trouble is None:
            log.error("%s: %s", self.name, message)
        since = datetime.now(UTC) if self.trouble is None else self.trouble.since
        self.trouble = Trouble(since, message.partition("\n")[0])

    def _run(self) -> None:
        while not self.stopping.is_set():
            try:
                self.work()
            except ModerationError as error:
                self._fails(str(error), expected=True)
            except Exception as error:
                self._fails(f"{type(error).__name__}: {error}", expected=False)
            else:
                continue
            self.stopping.wait(self._wait_s)
            self._wait_s = min(2 * self._wait_s, _LONGEST_S)

    def _fails(self, message: str, *, expected: bool) -> None:
        self.ails(f"{message}; it begins again")
        if not expected:
            log.exception("%s: this is a bug", self.name)
