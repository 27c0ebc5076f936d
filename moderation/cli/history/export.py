"""`moderation history export`: a time range of the topics as files."""

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from moderation.cli import options
from moderation.cli.moments import MOMENT

if TYPE_CHECKING:
    from moderation.history.writing import Format


@click.command()
@click.option(
    "--to",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FOLDER_OR_FILE",
    help="Where to: a name with a suffix is a file, any other a folder.",
)
@click.option("--since", type=MOMENT, metavar="TIME", help="Scored from then: 2026-03-01, or 7d for a week ago.")
@click.option("--until", type=MOMENT, metavar="TIME", help="Scored before then.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["parquet", "jsonl"]),
    help="Default: as the file's name says, else parquet.",
)
@click.option("--with-text", is_flag=True, help="Write the texts, too: rules with any_word and the like need them.")
@options.bootstrap
def command(
    to: Path,
    since: datetime | None,
    until: datetime | None,
    form: "Format | None",
    with_text: bool,
    bootstrap: str | None,
) -> None:
    """Write what was scored in a time range, with what was decided and what reviewers answered: one row per post.

    Without --since and --until, all that the topics still have. docs/history.md lists the columns.
    """
    from moderation.history.export import export
    from moderation.history.writing import format_of

    done = export(options.kafka(bootstrap), to, format_of(to, form), since, until, with_text)
    for file in done.files:
        click.echo(file)
    if done.unreadable:
        click.echo(f"{done.unreadable:,} records on the topics are no valid events and are left out", err=True)
    posts = f"{done.posts:,} post{'s' * (done.posts != 1)}"
    click.echo(f"{posts} {'with' if with_text else 'without'} text", err=True)
    if not done.posts:
        click.echo("nothing was scored in that time, or it is no longer kept", err=True)
        sys.exit(1)
