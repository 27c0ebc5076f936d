"""`moderation hashes add`: pictures, clips, or hashes, into a bank."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from moderation.cli.hashes import options
from moderation.errors import ConfigurationError

if TYPE_CHECKING:
    from models.image.banks import Banks, Entry, Match
    from moderation.cli.hashes.pictures import Hashed


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
    """Put the pictures and clips of each FILE (or folder of them) into BANK; only their hashes are kept.

    Of a clip the frames are added that the video lane would look at; those that look alike are left out, and from a
    block bank those that an allow bank knows. Of an animation the first frame counts that has enough in it. What is
    too flat to be told from others is refused. Ends with 1 where anything was refused.
    """
    from models.image.banks import Banks, Entry
    from models.image.banks.bank import load
    from models.image.banks.editing import add
    from models.image.banks.entry import one_line
    from models.image.banks.hashing import is_hash
    from moderation.cli.hashes.pictures import hashed
    from moderation.cli.printable import printable

    if not files and not hashes:
        raise ConfigurationError("what should be added? Name picture or clip files, or give --hash HEX")
    name, moment, reason, origin = options.name_of(by), options.now(), one_line(why), one_line(source)
    if not reason:
        raise ConfigurationError("say why: --why has nothing in it")
    head = load(folder, bank).head  # a slip in the name of the bank need not wait until all is decoded
    allowed = Banks(each for each in Banks.load(folder).banks if head.kind == "block" and each.head.kind == "allow")
    refused = 0
    found: dict[str, str] = {}
    times: dict[str, str] = {}
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
            continue
        for hash_, time in _hashes(picture, allowed):
            file = f"{picture.path} at {time}" if time else str(picture.path)
            if hash_ in found:
                click.echo(f"twice    {hash_}  {printable(file)}, as {printable(found[hash_])}")
                continue
            found[hash_] = file
            if time:
                times[hash_] = f"{picture.path.name} at {time}"
    sources = {hash_: one_line(", ".join(filter(None, (origin, times.get(hash_))))) for hash_ in found}
    result = add(folder, bank, [Entry(hash_, name, moment, reason, source) for hash_, source in sources.items()])
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


def _hashes(picture: "Hashed", allowed: "Banks") -> "Iterator[tuple[str, str]]":
    """What is added of a file, with its time where it is a clip."""
    import numpy as np

    from moderation.cli.hashes.clips import distinct
    from moderation.cli.printable import printable

    if not picture.frames:
        yield picture.usable[0].text, ""
        return
    frames = distinct(picture.frames)
    near = allowed.near(np.stack([frame.hash.variants for frame in frames]), only_nearest=True)
    for frame, matches in zip(frames, near, strict=True):
        if matches:
            where = f"{picture.path} at {frame.at}"
            click.echo(f"left out {frame.hash.text}  {printable(where)}: allowed by {matches[0].bank}")
        else:
            yield frame.hash.text, frame.at


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
