"""Sends the sample posts, malformed lines as they are, from a thread of its own."""

import threading
from collections.abc import Callable, Sequence

from pydantic_core import from_json

from moderation.client.sending import Outgoing, Sender
from moderation.errors import ModerationError
from moderation.settings import KafkaSettings


class Feed:
    """Sends lines to the posts topic, `pace_s` seconds apart. `error` says why it ended early, if it did."""

    def __init__(
        self,
        kafka: KafkaSettings,
        lines: Sequence[bytes],
        pace_s: float,
        before_media: Callable[[threading.Event], None],
    ) -> None:
        """`before_media` is called before the first post that has media; it returns early when the event is set."""
        self.sent = 0
        self._before_media: Callable[[threading.Event], None] | None = before_media
        self.error: ModerationError | None = None
        self._sender = Sender(kafka, timeout_s=10.0)
        self._lines = lines
        self._pace_s = pace_s
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._feed, name="feed", daemon=True)

    def start(self) -> None:
        """Begin sending."""
        self._thread.start()

    def stop(self) -> None:
        """End sending; what Kafka has stays."""
        self._stopping.set()
        self._thread.join(timeout=5)
        self._sender.close()

    def _feed(self) -> None:
        try:
            for line in self._lines:
                if self._before_media is not None and b'"media"' in line:
                    self._before_media(self._stopping)
                    self._before_media = None
                self._sender.send(Outgoing("posts", _key(line), line, "a sample post"))
                self.sent += 1
                if self._stopping.wait(self._pace_s):
                    return
        except ModerationError as error:
            self.error = error


def _key(line: bytes) -> bytes | None:
    """The author, as is recommended for posts; none for a line that does not name one."""
    try:
        post = from_json(line)
    except ValueError:
        return None
    author = post.get("author_id") if isinstance(post, dict) else None
    return author.encode() if isinstance(author, str) else None
