"""Hears several topics at once: a thread each, one queue of what came."""

import queue
import threading
from collections.abc import Sequence
from typing import NamedTuple

from moderation.client.reading import Reader, Record
from moderation.errors import ModerationError
from moderation.settings import KafkaSettings, TopicName

_LOOK_EVERY_S = 0.5


class Heard(NamedTuple):
    """A record and the topic it came on."""

    topic: TopicName
    record: Record


class Listener:
    """Everything that comes on these topics from now on."""

    def __init__(self, kafka: KafkaSettings, topics: Sequence[TopicName]) -> None:
        self._queue: queue.SimpleQueue[Heard | ModerationError] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._threads = []
        for topic in topics:
            reader = Reader(kafka, topic, from_beginning=False, idle_s=_LOOK_EVERY_S)
            thread = threading.Thread(target=self._listen, args=(topic, reader), name=f"hear {topic}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def next(self, timeout_s: float) -> Heard | None:
        """What came next; None when nothing did in time. Raises `ModerationError` when a topic cannot be read."""
        try:
            heard = self._queue.get(timeout=timeout_s)
        except queue.Empty:
            return None
        if isinstance(heard, ModerationError):
            raise heard
        return heard

    def close(self) -> None:
        """Stop hearing and disconnect."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(timeout=3)

    def _listen(self, topic: TopicName, reader: Reader) -> None:
        try:
            while not self._stopping.is_set():
                for record in reader:
                    self._queue.put(Heard(topic, record))
                    if self._stopping.is_set():
                        break
        except ModerationError as error:
            if not self._stopping.is_set():
                self._queue.put(error)
        finally:
            reader.close()
