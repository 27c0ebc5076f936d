"""`moderation hashes test`: which banks pictures and clips match."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from moderation.cli.hashes import options

if TYPE_CHECKING:
    from models.image.banks import Match
    from moderation.cli.hashes.pictures import Hashed

_SHOWN = 20
"""Matches of a clip."""

BLOCKED = 3
"""The exit code where something is blocked: neither that of a failure, nor that of a wrong command line."""


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=options.FILES)
@options.banks
def command(files: tuple[Path, ...], folder: Path) -> None:
    """Show which banks the pictures and clips of each FILE (or folder of them) match, and what comes of it.

    Of a clip the nearest match of each frame is shown; one frame that is blocked blocks it. Ends with 3 where
    anything is blocked, else with 1 where something could not be looked at, else with 0.
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
            count = f", {len(blocks):,} of {len(picture.frames):,} frames" if picture.frames else ""
            click.echo(f"{name}: blocked by {_bank(min(blocks, key=lambda match: match.distance))}{count}")
        elif decided:
            click.echo(f"{name}: allowed, {_veto(decided[0])}")
        else:
            click.echo(f"{name}: no match")
        for line in _lines(picture, banks.near(variants, only_nearest=bool(picture.frames))):
            click.echo(f"    {line}")
    click.echo(f"{blocked:,} blocked, {failed:,} not looked at; hashes in the banks: {len(banks):,}", err=True)
    if blocked:
        raise SystemExit(BLOCKED)
    if failed:
        raise SystemExit(1)


def _lines(picture: "Hashed", near: "list[list[Match]]") -> list[str]:
    """Where matches are, and which; not all of a long clip's."""
    names = [f"at {frame.at}, " for frame in picture.frames]
    if not names:
        names = [f"frame {number}, " if len(near) > 1 else "" for number in range(1, len(near) + 1)]
    lines = [f"{where}{_line(match)}" for where, matches in zip(names, near, strict=True) for match in matches]
    more = len(lines) - _SHOWN
    return lines if not picture.frames or more <= 0 else [*lines[:_SHOWN], f"and {more:,} more"]


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
