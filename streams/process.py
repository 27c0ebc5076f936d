"""The process around a stage: event loop, logging, the end of its parent."""

import asyncio
import contextlib
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator

import uvloop

from moderation.settings import KafkaSettings, Settings
from streams.observer import Both, Observer
from streams.worker import work


def run(
    name: str,
    settings: Settings,
    kafka: KafkaSettings,
    *,
    with_parent: bool = False,
    observer: Observer | None = None,
) -> int:
    """`work` on uvloop; the exit code. With `with_parent`, stops when standard input closes."""
    _quiet_loggers()
    if with_parent:
        threading.Thread(target=_stop_with_parent, name="parent", daemon=True).start()
    # A model thread that comes back from its run waits for the interpreter lock at most this long; with the usual
    # 5 ms the text lane was measured 4 % slower.
    sys.setswitchinterval(0.0005)
    # Faust runs its consumer in a thread with a loop of its own, made from the policy.
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    with _metered(name, settings, observer or Observer()) as told, asyncio.Runner() as runner:
        return runner.run(work(name, settings, kafka, told))


@contextlib.contextmanager
def _metered(name: str, settings: Settings, observer: Observer) -> Iterator[Observer]:
    """The observer, and before it the metrics where they are asked for."""
    if settings.metrics_port is None:
        yield observer
        return
    from streams.metrics import serving

    with serving(name, settings) as metrics:
        yield Both(metrics, observer)


def _stop_with_parent() -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


class _Seldom(logging.Filter):
    """Lets one line of a kind through every ten seconds: aiokafka logs thousands while a broker is away."""

    def __init__(self) -> None:
        super().__init__()
        self._last: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.name.startswith("aiokafka"):
            return True
        now, kind = time.monotonic(), str(record.msg)
        if now - self._last.get(kind, -10.0) < 10.0:
            return False
        self._last[kind] = now
        return True


def _quiet_loggers() -> None:
    seldom = _Seldom()
    for handler in logging.getLogger().handlers:  # a logger's own filters do not see its children's lines
        handler.addFilter(seldom)
    for name in ("aiokafka", "faust", "mode", "kafka"):
        logging.getLogger(name).setLevel(logging.WARNING)
