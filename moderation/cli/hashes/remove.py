"""`moderation hashes remove`: a hash out of a bank."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from moderation.cli.hashes import options
from moderation.errors import BankError

if TYPE_CHECKING:
    from models.image.banks.hashing import PictureHash


@click.command()
@click.argument("bank", metavar="BANK")
@click.argument("which", metavar="HASH|FILE")
@options.banks
def command(bank: str, which: str, folder: Path) -> None:
    """Take out of BANK the entry of a HASH, or of the picture in FILE.

    A picture takes out only the hash that it has itself. Where the bank has one near it, that one is named.
    """
    from models.image.banks.editing import remove
    from models.image.banks.hashing import is_hash
    from moderation.cli.hashes.pictures import hashed
    from moderation.cli.printable import printable

    picture = None
    if is_hash(which):
        hash_ = which
    elif Path(which).is_file():
        (found,) = hashed([Path(which)])
        if found.refused is not None:
            raise BankError(f"{which}: {found.refused}")
        picture = found.usable[0]
        hash_ = picture.text
    else:
        raise BankError(f"{which}: neither a PDQ hash (64 hexadecimal digits) nor a file")
    removed = remove(folder, bank, [hash_])
    if not removed:
        raise BankError(f"{bank} has no {hash_}{_hint(folder, bank, picture)}")
    for entry in removed:
        click.echo(
            f"removed  {entry.hash}  added by {printable(entry.by)} on {entry.on:%Y-%m-%d}: {printable(entry.why)}"
        )


def _hint(folder: Path, bank: str, picture: "PictureHash | None") -> str:
    """The hash that was meant, perhaps."""
    from models.image.banks import Banks
    from models.image.banks.bank import load

    if picture is None:
        return ""
    (near,) = Banks([load(folder, bank)]).near(picture.variants[None], only_nearest=True)
    return f"; the nearest is {near[0].distance} bits away: {near[0].entry.hash}" if near else "; nor one near it"
