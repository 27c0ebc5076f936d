"""A time range of the topics as history files."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from moderation.history.staging import Staging
from moderation.history.writing import Format, write
from moderation.settings import KafkaSettings, TopicName

CLOCKS = timedelta(hours=1)
"""How far the clocks of workers may be apart: decisions are looked for from so long before the range."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: `posts` counts revisions of posts, `unreadable` what was no valid event."""

    files: list[Path]
    posts: int
    unreadable: int


def export(
    kafka: KafkaSettings,
    to: Path,
    form: Format,
    since: datetime | None = None,
    until: datetime | None = None,
    with_text: bool = False,
) -> Exported:
    """Write what was scored from `since` and before `until`, with what was decided and answered up to now.

    Raises `BrokerUnavailable`, and `ConfigurationError` where nothing can be written.
    """
    early = None if since is None else since - CLOCKS
    with Staging(with_text) as staging:
        staging.add_records(_values(kafka, "scored", since, until))
        staging.add_decisions(_values(kafka, "decisions", early, None))
        staging.add_verdicts(_values(kafka, "verdicts", early, None))
        return Exported(write(staging.rows, to, form), len(staging), staging.unreadable)


def _values(kafka: KafkaSettings, topic: TopicName, since: datetime | None, until: datetime | None) -> Iterator[bytes]:
    from moderation.client.reading import Reader

    reader = Reader(kafka, topic, follow=False, since=since, until=until)
    try:
        for record in reader:
            if record.value is not None:
                yield record.value
    finally:
        reader.close()
