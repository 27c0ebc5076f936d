"""What the verbs that write a history share: where to, of when, as what, and what is said in the end."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from moderation.cli.moments import MOMENT

_Command = TypeVar("_Command", bound=Callable[..., Any])


def writing(time_of: str, with_text: str) -> Callable[[_Command], _Command]:
    """`--to`, `--since`, `--until`, `--format`, `--with-text`. `time_of` says which time counts, as `Scored`."""
    options = (
        click.option(
            "--to",
            required=True,
            type=click.Path(path_type=Path),
            metavar="FOLDER_OR_FILE",
            help="Where to: a name with a suffix is a file, any other a folder.",
        ),
        click.option(
            "--since", type=MOMENT, metavar="TIME", help=f"{time_of} from then: 2026-03-01, or 7d for a week ago."
        ),
        click.option("--until", type=MOMENT, metavar="TIME", help=f"{time_of} before then."),
        click.option(
            "--format",
            "form",
            type=click.Choice(["parquet", "jsonl"]),
            help="Default: as the file's name says, else parquet.",
        ),
        click.option("--with-text", is_flag=True, help=with_text),
    )

    def added(command: _Command) -> _Command:
        for option in reversed(options):
            command = option(command)
        return command

    return added


def finish(posts: int, what: str, with_text: bool, nothing: str) -> None:
    """Say how much was written; exits with 1 where it was `nothing`."""
    click.echo(f"{posts:,} post{'s' * (posts != 1)}{what} {'with' if with_text else 'without'} text", err=True)
    if not posts:
        click.echo(nothing, err=True)
        sys.exit(1)
