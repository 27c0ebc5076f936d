"""`moderation hashes remove`: a hash, or those of a clip, out of a bank."""

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
    """Take out of BANK the entry of a HASH, of the picture in FILE, or those of the clip in it.

    A picture or clip takes out only the hashes that it has itself. Where the bank has one near, that one is named.
    """
    from models.image.banks.editing import remove
    from models.image.banks.hashing import is_hash
    from moderation.cli.hashes.pictures import hashed
    from moderation.cli.printable import printable

    pictures: tuple[PictureHash, ...] = ()
    if is_hash(which):
        hashes = [which]
    elif Path(which).is_file():
        (found,) = hashed([Path(which)])
        if found.refused is not None:
            raise BankError(f"{which}: {found.refused}")
        pictures = found.usable if found.frames else found.usable[:1]
        hashes = [picture.text for picture in pictures]
    else:
        raise BankError(f"{which}: neither a PDQ hash (64 hexadecimal digits) nor a file")
    removed = remove(folder, bank, hashes)
    if not removed:
        what = hashes[0] if len(hashes) == 1 else f"frame of {which}"
        raise BankError(f"{bank} has no {what}{_hint(folder, bank, pictures)}")
    for entry in removed:
        click.echo(
            f"removed  {entry.hash}  added by {printable(entry.by)} on {entry.on:%Y-%m-%d}: {printable(entry.why)}"
        )


def _hint(folder: Path, bank: str, pictures: "tuple[PictureHash, ...]") -> str:
    """The hash that was meant, perhaps."""
    import numpy as np

    from models.image.banks import Banks
    from models.image.banks.bank import load

    if not pictures:
        return ""
    every = Banks([load(folder, bank)]).near(np.stack([each.variants for each in pictures]), only_nearest=True)
    near = min((matches[0] for matches in every if matches), key=lambda match: match.distance, default=None)
    return f"; the nearest is {near.distance} bits away: {near.entry.hash}" if near else "; nor one near it"
