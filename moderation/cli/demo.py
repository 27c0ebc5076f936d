"""`moderation demo`: everything on this machine, sample posts going through it, live."""

import signal
import time
from pathlib import Path
from types import FrameType

import click

from moderation.cli import options

_BEGAN = time.monotonic()


@click.command()
@click.option(
    "--bootstrap",
    metavar="HOST:PORT",
    envvar="MODERATION_KAFKA_BOOTSTRAP",
    help="An existing Kafka, also from MODERATION_KAFKA_BOOTSTRAP; without it one is started.",
)
@click.option("--policy", type=click.Path(path_type=Path), help="Policy file; default from MODERATION_POLICY.")
@click.option("--model", help="Text model, 'stub' for none at all; default from MODERATION_TEXT_MODEL.")
@click.option("--exit", "leave", is_flag=True, help="End when every sample post is settled.")
def command(bootstrap: str | None, policy: Path | None, model: str | None, leave: bool) -> None:
    """Start Kafka and the workers, feed the sample posts and watch the decisions.

    Goes on until Ctrl-C, and shows what you post meanwhile, too.
    """
    from moderation import settings
    from moderation.demo.folder import own_folder
    from moderation.demo.running import Demo
    from moderation.demo.screen import Screen
    from moderation.policy import load_policy

    load_policy(settings.load(policy=policy, text_model=model).policy)  # say what is wrong before Kafka is started
    for name in (signal.SIGTERM, signal.SIGINT):  # a shell without job control starts us with SIGINT ignored
        signal.signal(name, _interrupt)
    given = {"--policy": policy, "--model": model}
    arguments = [part for name, value in given.items() if value is not None for part in (name, str(value))]
    screen = Screen()
    with own_folder() as folder:
        demo = Demo(folder, options.kafka(bootstrap) if bootstrap else None, arguments, leave, screen, _BEGAN)
        try:
            demo.run()
        except KeyboardInterrupt:
            screen.note("interrupted")
        screen.console.print(demo.summary(), soft_wrap=True)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
