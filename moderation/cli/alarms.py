"""`moderation alarms`: follow what people should know of."""

from typing import TYPE_CHECKING

import click

from moderation.cli import options
from moderation.cli.following import following, places, show
from moderation.cli.printable import printable

if TYPE_CHECKING:
    from moderation.events import Alarm


@click.command()
@options.bootstrap
@following
def command(
    bootstrap: str | None,
    as_json: bool,
    from_beginning: bool,
    limit: int | None,
    timeout: float | None,
    follow: bool,
    group: str | None,
) -> None:
    """Follow the alarms, each once, until Ctrl-C: breakers that trip and close, canaries rolled back, late reviews.

    The time is that of the post that led to it; of a review that is late, when that was noticed.
    """
    from moderation.client import ModerationClient

    with ModerationClient(options.kafka(bootstrap)) as client:
        alarms = client.alarms(**places(from_beginning, follow, timeout, group))
        show(alarms, limit, as_json, line)


def line(alarm: "Alarm") -> str:
    """An alarm for people: when, what."""
    return f"{alarm.at:%Y-%m-%d %H:%M:%S}  {alarm.kind:<18} {printable(alarm.message, 400)}"
