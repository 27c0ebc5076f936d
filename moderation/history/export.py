"""A time range of the topics as history files."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from moderation.history.staging import Staging
from moderation.history.writing import Format, write
from moderation.settings import KafkaSettings

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
    from moderation.client.reading import values

    early = None if since is None else since - CLOCKS
    with Staging(with_text) as staging:
        staging.add_records(values(kafka, "scored", since, until))
        staging.add_decisions(values(kafka, "decisions", early, None))
        staging.add_verdicts(values(kafka, "verdicts", early, None))
        return Exported(write(staging.rows, to, form), len(staging), staging.unreadable)
