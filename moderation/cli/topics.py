"""`moderation topics`: create the topics, or show what would change."""

import click

from moderation.cli import options


@click.group()
def command() -> None:
    """The topics on Kafka: their partitions, retentions and sizes."""


@command.command()
@options.bootstrap
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
def apply(bootstrap: str | None, dry_run: bool) -> None:
    """Create missing topics and set retentions; safe to repeat."""
    from streams import admin

    kafka = options.kafka(bootstrap)
    changes = admin.apply(kafka, dry_run)
    for change in changes:
        click.echo(f"{change.topic}: {change.what}")
    if not changes:
        click.echo("all topics are as they should be")
