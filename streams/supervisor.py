"""Runs several stages side by side, each in a process of its own, and starts again those that die.

A process per stage: they share no interpreter lock, and one that is killed takes no other with it.
"""

import logging
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence

log = logging.getLogger(__name__)

STOP_S = 10.0
BACKOFF_S = (1.0, 2.0, 5.0, 10.0, 30.0)
HEALTHY_S = 60.0
"""A child that ran this long starts with the shortest wait again."""

CANNOT_START = (1, 2)
"""Exit codes of errors that a restart cannot mend: a wrong policy, a missing model, a wrong setting."""


class _Child:
    def __init__(self, command: Sequence[str], name: str) -> None:
        self.name = name
        self._command = command
        self._failures = 0
        self._due = 0.0
        self._started = 0.0
        self.process: subprocess.Popen[bytes] | None = None

    def start_when_due(self) -> None:
        if self.process is None and time.monotonic() >= self._due:
            self._started = time.monotonic()
            # The pipe is how the child learns that we are gone, even when we are killed.
            self.process = subprocess.Popen(self._command, stdin=subprocess.PIPE)

    def reap(self) -> int | None:
        """The exit code if it has just ended."""
        if self.process is None or (code := self.process.poll()) is None:
            return None
        self.process = None
        self._failures = 0 if time.monotonic() - self._started > HEALTHY_S else self._failures + 1
        wait = BACKOFF_S[min(self._failures, len(BACKOFF_S)) - 1] if self._failures else 0.0
        self._due = time.monotonic() + wait
        if code not in CANNOT_START:
            log.warning("worker %s ended with %s; next start in %.0f s", self.name, code, wait)
        return code

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()

    def finish(self, seconds: float) -> None:
        if self.process is None:
            return
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            log.warning("worker %s does not stop: killing it", self.name)
            self.process.kill()
            self.process.wait()


def supervise(stages: Sequence[str], arguments: Sequence[str], metrics_port: int | None = None) -> int:
    """Run `moderation worker --lanes STAGE ARGUMENTS` for each stage until SIGTERM or SIGINT; the exit code.

    With `metrics_port` the first serves its metrics there, each other one port further.
    """
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    base = [sys.executable, "-m", "moderation", "worker", "--with-parent", *arguments, "--lanes"]
    ports = [
        [] if metrics_port is None else ["--metrics-port", str(metrics_port + place)] for place in range(len(stages))
    ]
    children = [_Child([*base, stage, *port], stage) for stage, port in zip(stages, ports, strict=True)]
    code = 0
    while not stopping.wait(0.2) and code == 0:
        for child in children:
            child.start_when_due()
            ended = child.reap()
            if ended in CANNOT_START:
                code = ended
    for child in children:
        child.stop()
    deadline = time.monotonic() + STOP_S
    for child in children:
        child.finish(max(0.1, deadline - time.monotonic()))
    return code
