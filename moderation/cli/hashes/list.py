"""`moderation hashes list`: which banks there are, and what is in one."""

from pathlib import Path

import click

from moderation.cli.hashes import options


@click.command()
@click.argument("bank", metavar="[BANK]", required=False)
@options.banks
def command(bank: str | None, folder: Path) -> None:
    """List the banks of the folder, or every entry of BANK. All of every bank is checked on the way."""
    from models.image.banks import Banks
    from models.image.banks.bank import load
    from moderation.cli.models.tables import print_table
    from moderation.cli.printable import printable

    if bank is not None:
        for entry in load(folder, bank).entries():
            cells = (entry.hash, f"{entry.on:%Y-%m-%d}", entry.by, entry.why, entry.source)
            click.echo("  ".join(printable(cell) for cell in cells if cell))
        return
    banks = Banks.load(folder).banks
    if not banks:
        click.echo(f"no banks in {folder}; `moderation hashes create` makes one", err=True)
        return
    rows = [
        (
            each.name,
            each.head.kind,
            each.head.because,
            each.head.distance,
            len(each),
            f"{each.entry(len(each) - 1).on:%Y-%m-%d}" if len(each) else "",
            each.head.description,
        )
        for each in banks
    ]
    header = ("bank", "kind", "category", "distance", "hashes", "last added", "description")
    print_table(header, rows, fold="description")
