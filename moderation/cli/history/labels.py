"""`moderation history labels`: what people answered at the review desk, as labelled posts."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from moderation.cli.audit import database_option, desk_database
from moderation.cli.history.options import finish, writing

if TYPE_CHECKING:
    from moderation.history.writing import Format


@click.command()
@writing("Posted", "Write the texts, too.")
@database_option
def command(
    to: Path,
    since: datetime | None,
    until: datetime | None,
    form: "Format | None",
    with_text: bool,
    database: str | None,
) -> None:
    """Write the posts that people decided at the review desk, with their answers, as a history.

    For `moderation policy backtest` and `moderation policy tune --labels`. Each has the probability by which its post
    came to a human, so that rates are of all posts.
    """
    from moderation.history.writing import format_of, write
    from moderation.review.labels import Answered

    form = format_of(to, form)
    with desk_database(database) as desk:
        answered = Answered(desk, since=since, until=until, with_text=with_text)
        for file in write(lambda: iter(answered), to, form):
            click.echo(file)
    if answered.lost:
        click.echo(f"of {answered.lost:,} more the content is gone: erased, or kept for its time", err=True)
    finish(answered.posts, " with what people decided,", with_text, "nobody decided on a post of that time")
