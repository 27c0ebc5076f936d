"""`moderation broker`: a real Kafka on this machine."""

import signal
from pathlib import Path
from types import FrameType

import click

from moderation.errors import ModerationError


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), help="Port on 127.0.0.1; a free one where not given.")
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder that keeps the topics for the next start; a temporary one where not given.",
)
def command(port: int | None, data: Path | None) -> None:
    """Run a real single-node Kafka until Ctrl-C.

    Its address is the first line on standard output, printed when it answers. Needs Java 17 or newer; Kafka itself
    (about 43 MB) is fetched at the first start.
    """
    from moderation.broker import KafkaBroker

    # A shell starts background jobs with SIGINT ignored.
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, _interrupt)
    try:
        with KafkaBroker(port, data) as broker:
            click.echo(broker.bootstrap)
            kept = "kept" if data else "temporary"
            click.echo(
                f"Kafka answers at {broker.bootstrap}; data in {broker.data} ({kept}); Ctrl-C stops it", err=True
            )
            broker.wait()
            raise ModerationError(broker.why())
    except KeyboardInterrupt:
        click.echo("Kafka is stopped", err=True)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
