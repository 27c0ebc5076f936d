"""`moderation desk`: the review desk, between Kafka, a database and browsers."""

import getpass
import logging
import sys
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from moderation import settings
from moderation.cli import options
from moderation.cli.audit import desk_database
from moderation.cli.printable import printable
from moderation.errors import ConfigurationError, MediaError, ModerationError

if TYPE_CHECKING:
    from moderation.desk.media.stills import Still, Stills
    from moderation.events import Media

_EXIT_RESTART = 75  # as a worker's: what is missing may be there soon


@click.command()
@options.bootstrap
@click.option("--host", help="The address to serve on; default from MODERATION_DESK_ADDRESS.")
@click.option("--port", type=click.IntRange(0, 65_535), help="The port; default from MODERATION_DESK_PORT.")
@click.option("--database", metavar="URL", help="Where items are kept; default from MODERATION_DESK_DATABASE.")
@click.option("--rekey", is_flag=True, help="Only put the keys of authors under MODERATION_DESK_KEY; desks may run.")
@click.option("--health", is_flag=True, help="Only say whether the desk of these settings works here.")
@click.option("--every-role", is_flag=True, help="The first admin may do everything: for looking around, not for work.")
@click.option("--with-parent", is_flag=True, hidden=True, help="Stop when standard input closes.")
def command(
    bootstrap: str | None,
    host: str | None,
    port: int | None,
    database: str | None,
    rekey: bool,
    health: bool,
    every_role: bool,
    with_parent: bool,
) -> None:
    """Run the review desk until stopped.

    Brings the database up to date and prints the desk's address; as long as there is no admin also a link that makes
    one. Several desks may run on one PostgreSQL. Exits with 75 when the database is away, to be started again.
    """
    own = settings.load_desk(address=host, port=port, database=database)
    if health:
        _check(own)
        return
    if rekey:
        _rekey(database)
        return
    config = settings.load()
    logging.getLogger().setLevel(config.log_level.upper())
    logging.getLogger("alembic.runtime.plugins").setLevel(logging.WARNING)
    try:
        _run(own, config, options.kafka(bootstrap), every_role=every_role, with_parent=with_parent)
    except ModerationError as error:
        if not error.retriable:
            raise
        click.echo(f"error: {error}", err=True)
        sys.exit(_EXIT_RESTART)


def _run(
    own: settings.DeskSettings,
    config: settings.Settings,
    kafka: settings.KafkaSettings,
    **more: bool,
) -> None:
    from moderation.cli.cards import installed_models
    from moderation.client.letters import DeadLetters
    from moderation.desk.desk import Desk
    from moderation.desk.media.keeping import KeptStills
    from moderation.desk.running.published import Published
    from moderation.desk.running.service import serve
    from moderation.desk.standing import Standings
    from moderation.review import content
    from moderation.review.database import Database
    from moderation.review.rules import named

    database = Database.of(own)
    stills = _LazyStills(config)
    desk = Desk(
        database,
        named(own.rules),
        own,
        policies=Published(kafka, config.policy),
        stills=KeptStills(stills, lambda: datetime.now(UTC)),
        standings=Standings(kafka),
        letters=lambda: DeadLetters(kafka),
        models=lambda: installed_models(config),
    )
    try:
        if database.upgrade():
            click.echo(f"new database, with nothing in it: {database}")
        with database.session() as session:
            content.check_master_keys(session)
        serve(desk, kafka, config, click.echo, **more)
    finally:
        stills.close()
        database.close()


def _rekey(url: str | None) -> None:
    from moderation.review import rekeying, shredding

    with desk_database(url) as database:
        found = rekeying.rekey(database, f"shell:{getpass.getuser()}", now=datetime.now(UTC))
        click.echo(f"{found.wrapped:,} keys are under MODERATION_DESK_KEY now; {found.before:,} were before")
        if found.shut:
            names = ", ".join(printable(owner, 80) for owner in found.shut[:5])
            more = f" and {len(found.shut) - 5:,} more" if len(found.shut) > 5 else ""
            click.echo(
                f"no master key opens {len(found.shut):,} keys, of {names}{more}: add the one that they were made with "
                "to MODERATION_DESK_OLD_KEYS, and run this again",
                err=True,
            )
            sys.exit(1)
        shredded = shredding.shred(database)
    click.echo(f"database: {shredded.what}")
    if not shredded.complete:
        sys.exit(1)
    click.echo("nothing needs MODERATION_DESK_OLD_KEYS any more but backups that were made before")


def _check(own: settings.DeskSettings) -> None:
    import httpx2

    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(own.address, own.address)
    url = f"http://[{host}]:{own.port}/healthz" if ":" in host else f"http://{host}:{own.port}/healthz"
    try:
        answer = httpx2.get(url, timeout=5.0)
    except httpx2.HTTPError as error:
        raise click.ClickException(f"no desk answers at {url}: {error}") from None
    if answer.status_code != httpx2.codes.OK:
        raise click.ClickException(f"the desk at {url} answers with {answer.status_code}: {answer.text[:200]}")
    click.echo(answer.text)


class _LazyStills:
    """`Stills` that fetch and decode. What they need is loaded with the first item: many desks show texts only."""

    def __init__(self, config: settings.Settings) -> None:
        self._config = config
        self._lock = threading.Lock()
        self._made: Stills | None = None

    def of(self, media: "Media", at_ms: "Sequence[int]" = ()) -> "Mapping[int, Still]":
        """See `Stills.of`."""
        with self._lock:
            made = self._made = self._made or self._make()
        return made.of(media, at_ms)

    def close(self) -> None:
        """End processes and connections, if there are any."""
        with self._lock:
            made, self._made = self._made, None
        if made is not None:
            made.close()  # type: ignore[attr-defined]

    def _make(self) -> "Stills":
        from models.media.stills import MediaStills

        try:
            return MediaStills(self._config)
        except ConfigurationError as error:
            raise MediaError(f"this desk cannot show media: {error}", "missing package") from error
