"""`moderation history export`: a time range of the topics as files."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from moderation.cli import options
from moderation.cli.history.options import finish, writing

if TYPE_CHECKING:
    from moderation.history.writing import Format


@click.command()
@writing("Scored", "Write the texts, too: rules with any_word and the like need them.")
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
    finish(done.posts, "", with_text, "nothing was scored in that time, or it is no longer kept")
