"""`moderation hashes add`: pictures, or hashes, into a bank."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from moderation.cli.hashes import options
from moderation.errors import ConfigurationError

if TYPE_CHECKING:
    from models.image.banks import Banks, Entry, Match


@click.command()
@click.argument("bank", metavar="BANK")
@click.argument("files", metavar="[FILE]...", nargs=-1, type=options.FILES)
@click.option("--hash", "hashes", metavar="HEX", multiple=True, help="A PDQ hash; may be given again.")
@click.option("--why", metavar="TEXT", required=True, help="Why it is added; stands beside it, and in evidence.")
@options.signing
@options.banks
def command(
    bank: str, files: tuple[Path, ...], hashes: tuple[str, ...], why: str, by: str | None, source: str, folder: Path
) -> None:
    """Put the pictures of each FILE (or folder of pictures) into BANK; only their hashes are kept.

    Of an animation the first frame counts that has enough in it. A picture too flat to be told from others is refused.
    Ends with 1 where anything was refused.
    """
    from models.image.banks import Banks, Entry
    from models.image.banks.bank import load
    from models.image.banks.editing import add
    from models.image.banks.entry import one_line
    from models.image.banks.hashing import is_hash
    from moderation.cli.hashes.pictures import hashed
    from moderation.cli.printable import printable

    if not files and not hashes:
        raise ConfigurationError("what should be added? Name picture files, or give --hash HEX")
    name, moment, reason, origin = options.name_of(by), options.now(), one_line(why), one_line(source)
    if not reason:
        raise ConfigurationError("say why: --why has nothing in it")
    load(folder, bank)  # a slip in the name of the bank need not wait until all is decoded
    refused = 0
    found: dict[str, str] = {}
    for hash_ in hashes:
        if is_hash(hash_):
            found.setdefault(hash_.lower(), "given as a hash")
        else:
            refused += 1
            click.echo(f"refused  {printable(hash_, 80)}: a PDQ hash has 64 hexadecimal digits", err=True)
    for picture in hashed(files):
        if picture.refused is not None:
            refused += 1
            click.echo(f"refused  {printable(str(picture.path))}: {printable(picture.refused)}", err=True)
        elif (text := picture.usable[0].text) in found:
            click.echo(f"twice    {text}  {printable(str(picture.path))}, as {printable(found[text])}")
        else:
            found[text] = str(picture.path)
    result = add(folder, bank, [Entry(hash_, name, moment, reason, origin) for hash_ in found])
    for word, entries in (("added", result.added), ("known", result.known)):
        for entry in entries:
            click.echo(f"{word:8} {entry.hash}  {printable(found[entry.hash])}")
    click.echo(
        f"{bank}: {len(result.added):,} added, {len(result.known):,} known already, {refused:,} refused", err=True
    )
    for note in _disputed(Banks.load(folder), bank, result.added):
        click.echo(note, err=True)
    if refused:
        raise SystemExit(1)


def _disputed(banks: "Banks", bank: str, added: "Iterable[Entry]") -> list[str]:
    """Where banks of the other kind have an entry near a new one: one of both will not do what it is there for."""
    import numpy as np

    from models.image.banks.hashing import BYTES, digest_of

    kind = next(each.head.kind for each in banks.banks if each.name == bank)
    entries = list(added)
    digests = np.array([digest_of(entry.hash) for entry in entries], np.uint8).reshape(-1, BYTES)
    return [
        _note(entry.hash, match)
        for entry, matches in zip(entries, banks.near(digests, only_nearest=True), strict=True)
        for match in matches
        if match.kind != kind
    ]


def _note(hash_: str, match: "Match") -> str:
    from moderation.cli.printable import printable

    return (
        f"note: {hash_[:16]}... is {match.distance} bits from {match.entry.hash[:16]}... in {match.kind} bank "
        f"{match.bank} ({printable(match.entry.why, 80)}): of a picture near both, the nearer one decides"
    )
