"""`moderation hashes test`: which banks pictures match."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from moderation.cli.hashes import options

if TYPE_CHECKING:
    from models.image.banks import Match

BLOCKED = 3
"""The exit code where a picture is blocked: neither that of a failure, nor that of a wrong command line."""


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=options.FILES)
@options.banks
def command(files: tuple[Path, ...], folder: Path) -> None:
    """Show which banks the pictures of each FILE (or folder of pictures) match, and what comes of it.

    Ends with 3 where a picture is blocked, else with 1 where one could not be looked at, else with 0.
    """
    import numpy as np

    from models.image.banks import Banks
    from moderation.cli.hashes.pictures import hashed
    from moderation.cli.printable import printable

    banks = Banks.load(folder)
    blocked = failed = 0
    for picture in hashed(files):
        name = printable(str(picture.path))
        if picture.refused is not None:
            failed += 1
            click.echo(f"{name}: not looked at: {printable(picture.refused)}")
            continue
        variants = np.stack([each.variants for each in picture.usable])
        decided = [match for match in banks.match(variants) if match is not None]
        blocks = [match for match in decided if match.blocks]
        blocked += bool(blocks)
        if blocks:
            click.echo(f"{name}: blocked by {_bank(min(blocks, key=lambda match: match.distance))}")
        elif decided:
            click.echo(f"{name}: allowed, {_veto(decided[0])}")
        else:
            click.echo(f"{name}: no match")
        for number, matches in enumerate(banks.near(variants), 1):
            for match in matches:
                frame = f"frame {number}, " if len(picture.usable) > 1 else ""
                click.echo(f"    {frame}{_line(match)}")
    click.echo(f"{blocked:,} blocked, {failed:,} not looked at; hashes in the banks: {len(banks):,}", err=True)
    if blocked:
        raise SystemExit(BLOCKED)
    if failed:
        raise SystemExit(1)


def _bank(match: "Match") -> str:
    return f"{match.bank} ({match.category})" if match.category else match.bank


def _veto(match: "Match") -> str:
    other = match.vetoed_by
    assert other is not None
    return f"{_bank(other)} at distance {other.distance} vetoes {_bank(match)} at distance {match.distance}"


def _line(match: "Match") -> str:
    from moderation.cli.printable import printable

    entry = match.entry
    turn = "" if match.turn == "as it is" else f" when {match.turn}"
    source = f" [{printable(entry.source, 80)}]" if entry.source else ""
    return (
        f"{match.kind} {match.bank}, distance {match.distance}{turn}: {entry.hash[:16]}... added by "
        f"{printable(entry.by, 80)} on {entry.on:%Y-%m-%d}: {printable(entry.why, 200)}{source}"
    )
