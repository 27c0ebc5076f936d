"""`moderation hashes import`: the hashes of others into a bank."""

from pathlib import Path

import click

from moderation.cli.hashes import options
from moderation.errors import ConfigurationError

_SHOWN = 10


@click.command()
@click.argument("bank", metavar="BANK")
@click.argument("file", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--why", metavar="TEXT", help="Why they are added, where FILE does not say it of each.")
@options.signing
@options.banks
def command(bank: str, file: Path, why: str | None, by: str | None, source: str, folder: Path) -> None:
    """Put the hashes of FILE into BANK, those that it has not got.

    FILE is a plain list of hashes (one a line; or HASH,QUALITY,NAME as PDQ's programs write it), CSV with a column
    `hash`, `pdq`, `indicator` or `signal_value`, or JSON as ThreatExchange answers. What is no PDQ hash, was deleted
    by its source, has a quality below 50, or is called harmless and BANK is a block bank, is refused. Ends with 1 where
    anything was refused.
    """
    from models.image.banks import Entry
    from models.image.banks.bank import load
    from models.image.banks.editing import add
    from models.image.banks.entry import one_line
    from models.image.banks.lists import listed
    from moderation.cli.printable import printable

    name, moment, otherwise = options.name_of(by), options.now(), one_line(why or "")
    entries: dict[str, Entry] = {}
    refused: list[str] = []
    twice = 0
    for item in listed(file, load(folder, bank).head.kind):
        reason = one_line(item.why) or otherwise
        if item.refused is not None:
            refused.append(f"{file}:{item.at}: {item.refused}")
        elif item.hash in entries:
            twice += 1
        elif not reason:
            raise ConfigurationError(f"{file}:{item.at}: does not say why; give --why TEXT for those that do not")
        else:
            origin = one_line(", ".join(filter(None, (source, item.source)))) or file.name
            entries[item.hash] = Entry(item.hash, name, moment, reason, origin)
    result = add(folder, bank, entries.values())
    for line in refused[:_SHOWN]:
        click.echo(f"refused  {printable(line)}", err=True)
    if len(refused) > _SHOWN:
        click.echo(f"         and {len(refused) - _SHOWN:,} more", err=True)
    click.echo(
        f"{bank}: {len(result.added):,} added, {len(result.known):,} known already, {twice:,} twice in the file, "
        f"{len(refused):,} refused"
    )
    if refused:
        raise SystemExit(1)
