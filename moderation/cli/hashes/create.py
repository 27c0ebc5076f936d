"""`moderation hashes create`: a new bank."""

from pathlib import Path

import click

from moderation.cli.hashes import options
from moderation.taxonomy import Category


@click.command()
@click.argument("bank", metavar="BANK")
@click.option("--kind", type=click.Choice(["block", "allow"]), required=True, help="What its pictures are.")
@click.option("--category", type=click.Choice([str(each) for each in Category]), help="What its pictures show.")
@click.option("--reason", metavar="NAME", help="A word of your own for it, in place of a category.")
@click.option(
    "--distance",
    type=click.IntRange(0, 31),
    default=31,
    show_default=True,
    help="How many of the 256 bits of a hash may differ.",
)
@click.option("--description", metavar="TEXT", default="", help="What it is for, for people.")
@options.banks
def command(
    bank: str, kind: str, category: str | None, reason: str | None, distance: int, description: str, folder: Path
) -> None:
    """Make BANK, without hashes yet. The folder is made, too, if need be.

    An allow bank is for pictures that others must not be taken for: a match in it, as near or nearer, vetoes one in a
    block bank.
    """
    from pydantic import ValidationError

    from models.image.banks import Head
    from models.image.banks.editing import create
    from models.image.banks.head import wrong
    from moderation.errors import BankError

    said = {"kind": kind, "category": category, "reason": reason, "distance": distance, "description": description}
    try:
        head = Head.model_validate(said)
    except ValidationError as error:
        raise BankError("; ".join(map(wrong, error.errors()))) from None
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BankError(f"{folder}: cannot be made: {error.strerror or error}") from None
    click.echo(create(folder, bank, head))
