"""A real worker that does something drastic when it reaches a marked point; run as a script by the tests.

    python marked_worker.py STAGE POINT BATCH DEED

POINT is one of began, taken, processed, decided, delivered, acknowledged; at the BATCH-th time it is reached the worker
does DEED: `kill` sends itself SIGKILL, `hang` blocks its event loop for good, `orphan:PID:MS` kills that process (its
Kafka) so much later, and asks itself to stop two seconds after that.
"""

import os
import signal
import sys
import threading

from moderation import settings
from streams.observer import Observer
from streams.process import run


class Marked(Observer):
    def __init__(self, point: str, batch: int, deed: str) -> None:
        self._left = batch
        self._deed = deed
        setattr(self, point, self._reached)

    def _reached(self, *_: object) -> None:
        self._left -= 1
        if self._left == 0 and self._deed == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if self._left == 0 and self._deed == "hang":
            threading.Event().wait()
        if self._left == 0 and self._deed.startswith("orphan:"):
            kafka, delay_ms = map(int, self._deed.removeprefix("orphan:").split(":"))
            threading.Timer(delay_ms / 1000, os.kill, (kafka, signal.SIGKILL)).start()
            threading.Timer(delay_ms / 1000 + 2.0, os.kill, (os.getpid(), signal.SIGTERM)).start()


if __name__ == "__main__":
    stage, point, batch, deed = sys.argv[1:]
    sys.exit(run(stage, settings.load(), settings.load_kafka(), observer=Marked(point, int(batch), deed)))
