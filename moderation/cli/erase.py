"""`moderation erase`: forget an author, as far as that can be done."""

import getpass
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from moderation import settings
from moderation.cli import options
from moderation.cli.audit import database_option, desk_database
from moderation.cli.printable import printable
from moderation.errors import ModerationError

if TYPE_CHECKING:
    from moderation.client.letters import Letter
    from moderation.review.erasing import Erased, Holdings


@click.group()
def command() -> None:
    """Erase what is held of somebody."""


@command.command()
@database_option
@options.bootstrap
@click.argument("author_id", metavar="ID")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--letters", is_flag=True, help="Also cut off the author's dead letters, where nothing waits before them."
)
@click.option("--memory", is_flag=True, help="Also forget what workers count of the author: posts, strikes.")
@click.option("--no-kafka", is_flag=True, help="Do not look at Kafka at all.")
@click.option(
    "--history",
    type=click.Path(exists=True, path_type=Path),
    multiple=True,
    metavar="FOLDER_OR_FILE",
    help="Also take the author's rows out of these files of `moderation history`; as often as needed.",
)
def author(
    database: str | None,
    bootstrap: str | None,
    author_id: str,
    yes: bool,
    letters: bool,
    memory: bool,
    no_kafka: bool,
    history: tuple[Path, ...],
) -> None:
    """Make what an author wrote unreadable, and say what remains, where, and until when.

    The author's key is destroyed, so that content in the desk's database cannot be read again; statements, notes and
    values that stand in clear are taken out. Decisions, ids and the audit stay. It cannot be undone. Safe to repeat.
    """
    from moderation.review import erasing, shredding
    from moderation.review.rules import named

    rules = named(settings.load_desk().rules)
    with desk_database(database) as desk:
        with desk.session() as session:
            held = erasing.holdings(session, author_id)
        click.echo(_known(author_id, held))
        question = "Keep nothing that Kafka may still bring of them" if held.nothing else "Erase what this author wrote"
        if not yes and not click.confirm(f"{question}? It cannot be undone"):
            raise ModerationError("nothing was erased")
        now = datetime.now(UTC)
        actor = f"shell:{getpass.getuser()}"
        erased = desk.transact(lambda session: erasing.erase(session, author_id, actor, rules, now=now))
        click.echo(_told(erased))
        shredded = shredding.shred(desk, erased.key or b"")
    click.echo(f"database: {shredded.what}")
    click.echo("backups of the database hold the key and the content until you remove them")
    gone_through = _history(history, author_id)
    if not no_kafka:
        _kafka(options.kafka(bootstrap), author_id, now, letters, memory)
    if not (shredded.complete and gone_through):
        sys.exit(1)


def _known(author_id: str, held: "Holdings") -> str:
    name = printable(author_id, 80)
    if held.nothing:
        return f"nothing is known here of author {name}: is the id as the platform writes it?"
    before = f", erased before on {held.erased_at:%Y-%m-%d}" if held.erased_at else ""
    return f"author {name}: {held.items} items, {held.decisions} decisions, {held.appeals} appeals{before}"


def _told(erased: "Erased") -> str:
    if erased.nothing:
        return "nothing was left to erase"
    return (
        f"erased: content of {erased.items} items, {erased.statements} statements, {erased.notes} notes, values in "
        f"{erased.decisions} decisions; {erased.closed} open items closed"
    )


def _history(paths: Sequence[Path], author_id: str) -> bool:
    """Whether every file could be gone through."""
    if not paths:
        click.echo("files that `moderation history` wrote are not known here: name them by --history")
        return True
    from moderation.history.erasing import take_out

    found = take_out(paths, author_id)
    problems = [taken.problem for taken in found if taken.problem is not None]
    for taken in found:
        if taken.problem is None:
            click.echo(f"{taken.file}: {_rows(taken.rows)}")
    for problem in problems:
        click.echo(f"error: {problem}", err=True)
    if problems:
        click.echo("the author's rows may still be there: mend that, and run this again with --history", err=True)
    return not problems


def _rows(count: int | None) -> str:
    if count is None:
        return "does not say who wrote what: look for their posts in it"
    return f"{count:,} rows taken out" if count else "nothing of the author"


def _kafka(kafka: settings.KafkaSettings, author_id: str, now: datetime, cut: bool, memory: bool) -> None:
    from moderation.client import remains
    from moderation.client.letters import DeadLetters

    try:
        for found in remains.kept(kafka, remains.CONTENT, now):
            click.echo(f"{found.topic}: what is there of the author is gone {_until(found.until)}")
        for found in remains.kept(kafka, remains.RECORDS, now):
            click.echo(f"{found.topic}: ids, values that rules saw and reviewers' notes are gone {_until(found.until)}")
        if cut:
            left = remains.cut_letters(kafka, author_id)
        else:
            with DeadLetters(kafka) as letters:
                left = remains.letters_of(letters.all(), author_id)
        [kept] = remains.kept(kafka, ("dead-letters",), now)
        click.echo(f"{kept.topic}: {_letters(left, cut, kept.until)}")
        if memory:
            count = remains.forget_memory(kafka, author_id)
            done = "written over; restart the policy workers" if count else "nothing of the author"
            click.echo(f"{kafka.topic('state')}: {done}")
        else:
            click.echo(f"{kafka.topic('state')}: what workers count of the author stays; --memory removes it")
    except ModerationError as error:
        click.echo(f"Kafka could not be looked at: {error}\nrun this again to see what remains there", err=True)
        sys.exit(error.exit_code)


def _letters(left: "list[Letter]", cut: bool, until: datetime | None) -> str:
    if not left:
        return "none of the author's"
    names = ", ".join(f"{partition}:{offset}" for partition, offset in (letter.place for letter in left[:20]))
    more = f" and {len(left) - 20} more" if len(left) > 20 else ""
    how = "others wait for a replay before them" if cut else "--letters cuts them off"
    return f"{len(left)} of the author's ({names}{more}) are gone {_until(until)}; {how}"


def _until(moment: datetime | None) -> str:
    return "never by itself" if moment is None else f"by {moment:%Y-%m-%d %H:%M} UTC at the latest"
