"""The desk's rules while it runs: a changed file counts within seconds, and one with a mistake changes nothing."""

import logging
from collections.abc import Callable
from pathlib import Path

from moderation.desk.running.part import Part
from moderation.errors import ConfigurationError
from moderation.review.rules import DeskRules, load

log = logging.getLogger(__name__)

_LOOK_S = 2.0

_State = tuple[int, int, int] | None
"""Inode, size and time of change of a file; None where there is none."""


class RulesInForce(Part):
    """Follows the file of the rules: `now` are those that count. Mistakes are told as `trouble`, until they are mended.

    A file counts once it has stood still from one look to the next: it may be half written before.
    """

    name = "rules"

    def __init__(self, rules: DeskRules, file: Path) -> None:
        """`rules` are what the file said when the desk was started."""
        super().__init__()
        self.now = rules
        self._file = file
        self._seen: _State = None
        self._tried: _State | str = "nothing yet"
        self._told: Callable[[DeskRules], None] = lambda rules: None

    def __call__(self) -> DeskRules:
        """Those that count."""
        return self.now

    def tell(self, told: Callable[[DeskRules], None]) -> None:
        """Who is told of others, in this part's thread."""
        self._told = told

    def work(self) -> None:
        """See `Part.work`."""
        while not self.stopping.wait(_LOOK_S):
            self.look()

    def look(self) -> None:
        """Take up what the file says, if it says something else and is not being written."""
        found = _state_of(self._file)
        stands_still, self._seen = found == self._seen, found
        if not stands_still or found == self._tried:
            return
        self._tried = found
        try:
            rules = load(self._file)
        except ConfigurationError as error:
            self.trouble = None  # the log gets each mistake, not only the first
            self.ails(f"the rules stay as they were: {error}")
            return
        self.well()
        if rules != self.now:
            log.info("%s: its rules count from now on", self._file)
            self.now = rules
            self._told(rules)


def _state_of(file: Path) -> _State:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
