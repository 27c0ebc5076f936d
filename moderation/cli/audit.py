"""`moderation audit`: whether the desk's account of itself is whole."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from moderation import settings
from moderation.errors import ConfigurationError

if TYPE_CHECKING:
    from moderation.review.database import Database

_Command = TypeVar("_Command", bound=Callable[..., Any])


def database_option(command: _Command) -> _Command:
    """`--database`: the desk's, before `MODERATION_DESK_DATABASE`."""
    return click.option("--database", metavar="URL", help="The desk's; default from MODERATION_DESK_DATABASE.")(command)


@contextmanager
def desk_database(url: str | None) -> "Iterator[Database]":
    """The desk's database, closed afterwards. Raises `ConfigurationError` where there is none yet."""
    from moderation.review.database import Database, file_of

    own = settings.load_desk(database=url)
    path = file_of(own.database)
    if path is not None and not path.exists():
        raise ConfigurationError(f"there is no desk's database at {path}: name it with --database URL")
    database = Database.of(own)
    try:
        yield database
    finally:
        database.close()


@click.group()
def command() -> None:
    """Who saw and did what at the review desk: verify that nothing was changed, or publish where it ends."""


@command.command()
@database_option
def head(database: str | None) -> None:
    """Where the audit ends, as HASH@NUMBER: keep it where the owner of the database cannot change it."""
    from moderation.review import audit

    with desk_database(database) as desk, desk.session() as session:
        click.echo(str(audit.head(session)))


@command.command()
@database_option
@click.option("--head", "published", metavar="HASH@NUMBER", help="Also check that this head stands in the audit.")
def verify(database: str | None, published: str | None) -> None:
    """Check every entry: numbered without holes, each following from the one before, none changed.

    Exits with 1 where something is wrong. Whoever owns the database could write a whole new audit: only a head that
    was kept elsewhere shows that.
    """
    from moderation.review import audit

    wanted = None if published is None else audit.Head.parse(published)
    check = audit.Check(wanted)
    with desk_database(database) as desk:
        more = True
        while more:
            with desk.session() as session:
                more = check.go_on(session, audit.PART)
    problems, end = check.finish(), check.end
    for problem in problems:
        click.echo(str(problem))
    if problems:
        others = ", and maybe more" if len(problems) == audit.REPORTED else ""
        found = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        click.echo(f"{found}{others}: the audit is not whole", err=True)
        sys.exit(1)
    stands = "" if wanted is None else "; the head that was published stands in it"
    click.echo(f"{end.number:,} entries, whole, ending with {end}{stands}")
