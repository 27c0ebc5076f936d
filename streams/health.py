"""A heartbeat that a container's health check can read: the event loop touches a file every few seconds."""

import asyncio
import tempfile
import time
from pathlib import Path

from moderation.settings import KafkaSettings

BEAT_S = 5.0
STALE_S = 30.0


async def beat(stage: str, kafka: KafkaSettings) -> None:
    """Touch the stage's file until cancelled."""
    path = _path(stage, kafka)
    try:
        while True:
            path.touch()
            await asyncio.sleep(BEAT_S)
    finally:
        path.unlink(missing_ok=True)


def alive(stage: str, kafka: KafkaSettings) -> bool:
    """Whether a worker of this stage on this machine has shown itself within the last 30 s."""
    try:
        return time.time() - _path(stage, kafka).stat().st_mtime < STALE_S
    except OSError:
        return False


def _path(stage: str, kafka: KafkaSettings) -> Path:
    return Path(tempfile.gettempdir()) / f"{kafka.group(stage)}.alive"
