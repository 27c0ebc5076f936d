"""`moderation worker`: run lanes of the pipeline against Kafka."""

import logging
import sys
from pathlib import Path

import click

from moderation import settings
from moderation.cli import options
from moderation.errors import ModerationError


@click.command()
@click.option("--lanes", required=True, metavar="LANE[,LANE]", help="What to run, of text, image, video, policy.")
@options.bootstrap
@click.option("--policy", type=click.Path(path_type=Path), help="Policy file; default from MODERATION_POLICY.")
@click.option("--model", help="Text model: a folder, a shipped name or stub; default from MODERATION_TEXT_MODEL.")
@click.option("--health", is_flag=True, help="Only say whether workers of these lanes are alive here.")
@click.option("--metrics-port", type=int, hidden=True, help="In place of MODERATION_METRICS_PORT.")
@click.option("--with-parent", is_flag=True, hidden=True, help="Stop when standard input closes.")
def command(
    lanes: str,
    bootstrap: str | None,
    policy: Path | None,
    model: str | None,
    health: bool,
    metrics_port: int | None,
    with_parent: bool,
) -> None:
    """Run lanes of the pipeline until stopped.

    With several lanes each gets a process of its own, started again when it dies. Exit codes of a lane: 0 stopped
    when asked, 1 or 2 cannot start, 70 stood still, 75 Kafka is away or did not take its outputs; 70 and 75 are to
    be restarted.
    """
    names = _lanes(lanes)
    kafka = options.kafka(bootstrap)
    if health:
        from streams.health import alive

        dead = [name for name in names if not alive(name, kafka)]
        if dead:
            raise click.ClickException(f"no sign of life from: {', '.join(dead)}")
        return
    config = settings.load(policy=policy, text_model=model, metrics_port=metrics_port)
    if len(names) > 1:
        from streams.supervisor import supervise

        given = {"--bootstrap": bootstrap, "--policy": policy, "--model": model}
        arguments = [part for name, value in given.items() if value is not None for part in (name, str(value))]
        sys.exit(supervise(names, arguments, config.metrics_port))
    sys.exit(_work(names[0], config, kafka, with_parent))


def _lanes(lanes: str) -> list[str]:
    from streams.stages import STAGES

    names = [name.strip() for name in lanes.split(",") if name.strip()]
    for name in names:
        if name not in STAGES:
            raise click.BadParameter(f"no lane {name!r}; there are: {', '.join(STAGES)}", param_hint="--lanes")
    if not names:
        raise click.BadParameter("name at least one lane", param_hint="--lanes")
    return list(dict.fromkeys(names))


def _work(name: str, config: settings.Settings, kafka: settings.KafkaSettings, with_parent: bool) -> int:
    from streams.process import run
    from streams.worker import EXIT_RESTART

    logging.getLogger().setLevel(config.log_level.upper())
    try:
        return run(name, config, kafka, with_parent=with_parent)
    except ModerationError as error:
        if not error.retriable:
            raise
        click.echo(f"error: {error}", err=True)
        return EXIT_RESTART
