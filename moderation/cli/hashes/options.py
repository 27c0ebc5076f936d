"""Options that the verbs on banks share."""

import getpass
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from moderation import settings
from moderation.errors import ConfigurationError

_Command = TypeVar("_Command", bound=Callable[..., Any])

FILES = click.Path(exists=True, path_type=Path)


def banks(command: _Command) -> _Command:
    """`--banks`: the folder."""
    return click.option(
        "--banks",
        "folder",
        metavar="DIR",
        callback=lambda _context, _option, value: _folder(value),
        help="The folder of the banks; default from MODERATION_HASH_BANKS.",
    )(command)


def signing(command: _Command) -> _Command:
    """`--by`, `--source`."""
    for option in (
        click.option("--source", metavar="TEXT", default="", help="Where it came from, such as a ticket."),
        click.option("--by", metavar="NAME", help="Who adds it; default: the user of this machine."),
    ):
        command = option(command)
    return command


def name_of(by: str | None) -> str:
    """Who acts. Raises `ConfigurationError` where that cannot be told."""
    from models.image.banks.entry import one_line

    try:
        name = one_line(by if by is not None else getpass.getuser())
    except (KeyError, OSError):
        name = ""
    if not name:
        raise ConfigurationError("it is not clear who you are: say --by NAME")
    return name


def now() -> datetime:
    """To the second, as it stands in a bank."""
    return datetime.now(UTC).replace(microsecond=0)


def _folder(given: str | None) -> Path:
    folder = Path(given) if given is not None else settings.load().hash_banks
    if folder is None:
        raise ConfigurationError("which folder has the banks? Set MODERATION_HASH_BANKS, or give --banks DIR")
    return folder
