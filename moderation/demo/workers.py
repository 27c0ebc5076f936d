"""The workers as child processes: their output in a file, and none of them outlives us, however we end."""

import contextlib
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from moderation.broker import guard
from moderation.demo.safe import shown
from moderation.errors import ModerationError

_SHOWN_LINES = 12
_SHOWN_CELLS = 300


class Workers:
    """`moderation worker` with these arguments, between `start` and `stop`; `log` is where its output goes."""

    def __init__(self, arguments: Sequence[str], log: Path) -> None:
        self.log = log
        self._command = [sys.executable, "-m", "moderation", "worker", *arguments]
        self._guard: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start; does not wait until they are ready."""
        # A session of its own: Ctrl-C in a terminal reaches us, who stop the workers in order.
        self._guard = subprocess.Popen(
            [sys.executable, "-I", "-S", guard.__file__, str(self.log), "--", *self._command],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )

    def check(self) -> None:
        """Raises `ModerationError` with the last lines of the log if the workers have ended."""
        if self._guard is None or (code := self._guard.poll()) is None:
            return
        last = self.log.read_text(errors="replace").splitlines()[-_SHOWN_LINES:]
        lines = "\n".join(f"  {shown(line, _SHOWN_CELLS)}" for line in last)
        raise ModerationError(f"the workers ended with exit code {code}; the end of {self.log}:\n{lines}")

    def stop(self) -> None:
        """Let them finish what they began, and end them; they are killed after ten seconds."""
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
