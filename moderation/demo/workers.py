"""The workers, and the desk, as child processes: their output in a file; none outlives us, however we end."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from moderation.broker import guard
from moderation.demo.safe import shown
from moderation.errors import ModerationError

_SHOWN_LINES = 12
_SHOWN_CELLS = 300


class Workers:
    """`moderation worker`, or another verb, between `start` and `stop`; `log` is where its output goes.

    `environment` is added to ours.
    """

    def __init__(
        self, arguments: Sequence[str], log: Path, environment: Mapping[str, str], verb: str = "worker"
    ) -> None:
        self.log = log
        self._environment = environment
        self._name = "the workers" if verb == "worker" else f"the {verb}"
        self._command = [sys.executable, "-m", "moderation", verb, *arguments]
        self._guard: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start; does not wait until it is ready."""
        # A session of its own: Ctrl-C in a terminal reaches us, who stop the workers in order.
        self._guard = subprocess.Popen(
            [sys.executable, "-I", "-S", guard.__file__, str(self.log), "--", *self._command],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
            env={**os.environ, **self._environment},
        )

    def check(self) -> None:
        """Raises `ModerationError` with the last lines of the log if it has ended."""
        if self._guard is None or (code := self._guard.poll()) is None:
            return
        last = self.log.read_text(errors="replace").splitlines()[-_SHOWN_LINES:]
        lines = "\n".join(f"  {shown(line, _SHOWN_CELLS)}" for line in last)
        raise ModerationError(f"{self._name} ended with exit code {code}; the end of {self.log}:\n{lines}")

    def stop(self) -> None:
        """Let it finish what it began, and end it; it is killed after ten seconds."""
        if self._guard is None:
            return
        assert self._guard.stdin is not None
        with contextlib.suppress(OSError):  # they have ended before
            self._guard.stdin.write("stop\n")
            self._guard.stdin.close()
        try:
            self._guard.wait(guard.GRACE_S + 5)
        except subprocess.TimeoutExpired:
            self._guard.kill()
            self._guard.wait()
        self._guard = None
