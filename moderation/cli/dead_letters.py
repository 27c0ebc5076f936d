"""`moderation dead-letters`: list, show and replay what could not be processed."""

import json
import re
import shlex
import sys
from contextlib import closing
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING

import click

from moderation.cli import options
from moderation.cli.printable import json_line, printable, printable_bytes
from moderation.errors import ConfigurationError

if TYPE_CHECKING:
    from moderation.client.letters import Letter

_SHOWN_BYTES = 2_000


class _Place(click.ParamType):
    """PARTITION:OFFSET, the name of a letter."""

    name = "place"

    def convert(
        self, value: str | tuple[int, int], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        if isinstance(value, tuple):
            return value
        match = re.fullmatch(r"(\d{1,9}):(\d{1,18})", value, re.ASCII)
        if match is None:
            self.fail(f"'{printable(value, 40)}' is not PARTITION:OFFSET, as `dead-letters list` names letters")
        return int(match[1]), int(match[2])


@click.group()
def command() -> None:
    """What could not be processed: original bytes, and why."""


@command.command("list")
@options.bootstrap
@click.option("--all", "replayed_too", is_flag=True, help="Also those that were replayed.")
@click.option("--stage", help="Only those of this stage, e.g. text.")
@click.option("--error", help="Only those with this error, e.g. not_json.")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="At most so many.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, without the values.")
def list_(
    bootstrap: str | None, replayed_too: bool, stage: str | None, error: str | None, limit: int | None, as_json: bool
) -> None:
    """One line a letter: its name, when, stage, error, where it came from, why."""
    from moderation.client.letters import DeadLetters

    shown = 0
    with DeadLetters(options.kafka(bootstrap)) as letters:
        found = letters.all() if replayed_too else letters.pending()
        chosen = (it for it in found if stage in (None, it.why.stage) and error in (None, it.why.error))
        for letter in islice(chosen, limit):
            click.echo(_json(letter) if as_json else _line(letter))
            shown += 1
    if not shown:
        click.echo("no dead letters" if replayed_too else "no dead letters that wait for a replay", err=True)


@command.command()
@options.bootstrap
@click.argument("place", type=_Place(), metavar="PARTITION:OFFSET")
@click.option("--raw", is_flag=True, help="Only the original bytes, to a file or a pipe.")
def show(bootstrap: str | None, place: tuple[int, int], raw: bool) -> None:
    """One letter with its headers, key and value."""
    from moderation.client.letters import DeadLetters

    if raw and sys.stdout.isatty():
        raise click.UsageError("--raw writes a stranger's bytes unescaped: send them to a file or a pipe")
    with DeadLetters(options.kafka(bootstrap)) as letters:
        [letter] = letters.at(place)
    value = letter.record.value
    if raw:
        sys.stdout.buffer.write(value or b"")
        return
    why = letter.why
    click.echo(f"letter    {_name(letter)}, written {_time(letter)}{', replayed' if letter.replayed else ''}")
    click.echo(f"stage     {printable(why.stage)}")
    click.echo(f"error     {printable(why.error)}")
    click.echo(f"message   {printable(why.message)}")
    click.echo(f"source    {printable(why.topic)}, partition {why.partition}, offset {why.offset}")
    click.echo(f"attempts  {why.attempts}")
    click.echo(f"key       {'none' if letter.record.key is None else printable_bytes(letter.record.key, 256)}")
    click.echo(f"value     {'none' if value is None else printable_bytes(value, _SHOWN_BYTES)}")


@command.command()
@options.bootstrap
@click.argument("places", type=_Place(), nargs=-1, metavar="[PARTITION:OFFSET]...")
@click.option("--all", "everything", is_flag=True, help="All that were not replayed yet.")
@click.option("--stage", help="With --all: only those of this stage.")
@click.option("--error", help="With --all: only those with this error.")
@click.option("--fix", metavar="CMD", help="Pipe each value through this command first; it must end with 0.")
def replay(
    bootstrap: str | None,
    places: tuple[tuple[int, int], ...],
    everything: bool,
    stage: str | None,
    error: str | None,
    fix: str | None,
) -> None:
    """Send letters back to the topic, partition and key they had.

    \b
    moderation dead-letters replay 0:17 2:4
    moderation dead-letters replay --all --error not_json --fix "iconv -f latin1 -t utf-8"

    A letter whose fix fails is left alone and stays in the list. One that was replayed is not replayed again by
    --all, only if it is named; if it fails once more, it comes back as a new letter with one attempt more.
    """
    from moderation.client.letters import DeadLetters

    if everything == bool(places):
        raise click.UsageError("name letters as PARTITION:OFFSET, or use --all")
    if places and (stage or error):
        raise click.UsageError("--stage and --error choose among --all")
    fix_command = _fix(fix)
    counts = {"replayed": 0, "left alone": 0}
    with DeadLetters(options.kafka(bootstrap)) as letters:
        chosen = (
            (it for it in letters.pending() if stage in (None, it.why.stage) and error in (None, it.why.error))
            if everything
            else (letter for letter in letters.at(*places))
        )
        with closing(letters.replay(chosen, fix_command)) as outcomes:
            for outcome in outcomes:
                counts[outcome.what] += 1
                source = f"{printable(outcome.letter.why.topic)}-{outcome.letter.why.partition}"
                reason = f": {printable(outcome.reason, 400)}" if outcome.reason else f" to {source}"
                click.echo(f"{_name(outcome.letter)} {outcome.what}{reason}")
    click.echo(f"{counts['replayed']:,} replayed, {counts['left alone']:,} left alone", err=True)
    if counts["left alone"]:
        sys.exit(1)


def _fix(command: str | None) -> list[str] | None:
    if command is None:
        return None
    try:
        parts = shlex.split(command)
    except ValueError as error:
        raise ConfigurationError(f"--fix {command!r}: {error}") from None
    if not parts:
        raise ConfigurationError("--fix: give a command, e.g. --fix \"jq -c '.post_id = .id'\"")
    return parts


def _name(letter: "Letter") -> str:
    return f"{letter.record.partition}:{letter.record.offset}"


def _time(letter: "Letter") -> str:
    return datetime.fromtimestamp(letter.record.timestamp, UTC).isoformat(" ", "seconds")


def _line(letter: "Letter") -> str:
    why = letter.why
    source = f"{printable(why.topic, 60)}-{why.partition}@{why.offset}"
    tries = f"  attempt {why.attempts}" if why.attempts > 1 else ""
    mark = "  replayed" if letter.replayed else ""
    return (
        f"{_name(letter):<10} {_time(letter)}  {printable(why.stage, 20)}  {printable(why.error, 40)}  "
        f"{source}{tries}{mark}  {printable(why.message, 120)}"
    )


def _json(letter: "Letter") -> str:
    why = letter.why
    fields = {
        "letter": _name(letter),
        "time": _time(letter),
        "stage": why.stage,
        "error": why.error,
        "message": why.message,
        "topic": why.topic,
        "partition": why.partition,
        "offset": why.offset,
        "attempts": why.attempts,
        "replayed": letter.replayed,
        "bytes": len(letter.record.value or b""),
    }
    return json_line(json.dumps(fields).encode())
