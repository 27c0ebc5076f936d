"""Labelled pictures out of archives, decoded as in serving, those that look alike in one group."""

import asyncio
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
import pdqhash

from models.media.decoding import Decoder, Exact, Fit, Wanted
from models.media.decoding.decoded import Pixels
from models.training.pictures.recipe import Archive
from moderation.errors import ConfigurationError, MediaError

WORKING = 400
"""Longest side of the picture that augmentations work on; the model reads about half of that."""

ALIKE = 31
"""Bits of a PDQ hash in which near-duplicates differ at most, as ThreatExchange has it."""


@dataclass(frozen=True)
class Picture:
    """One picture: `working` for augmentation, `served` exactly as the served model would get it."""

    name: str
    label: str
    working: Pixels
    served: Pixels
    digest: np.ndarray[tuple[int], np.dtype[np.uint8]]


def pictures(archives: Sequence[Archive], data: Path, size: int) -> Iterator[Picture]:
    """Every picture that can be decoded, in the order of the archives. Raises `ConfigurationError`."""
    wanted = Wanted({"working": Fit(WORKING), "served": Exact(size, size)}, frames=1)
    with Decoder() as decoder:
        for archive in archives:
            for name, content in _members(data / archive.file):
                try:
                    shown = asyncio.run(decoder.decode(content, wanted)).frames[0].pictures
                except MediaError:
                    continue
                digest, _ = pdqhash.compute(shown["working"])
                label = archive.label or PurePosixPath(name).parent.name
                yield Picture(name, label, shown["working"], shown["served"], np.asarray(digest, np.uint8))


def _members(path: Path) -> Iterator[tuple[str, bytes]]:
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                if member.isfile() and (file := archive.extractfile(member)) is not None:
                    yield member.name, file.read()
    except (OSError, tarfile.TarError) as error:
        raise ConfigurationError(f"{path}: cannot be read as a tar archive: {error}") from error


def folds(found: Sequence[Picture], count: int, seed: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The fold of each picture: pictures that look alike share one, and each label is spread over all."""
    groups = _groups(np.stack([picture.digest for picture in found]))
    chance = np.random.default_rng(seed)
    of_group: dict[int, int] = {}
    for label in sorted({picture.label for picture in found}):
        own = dict.fromkeys(groups[i] for i, picture in enumerate(found) if picture.label == label)
        for place, group in enumerate(chance.permutation([group for group in own if group not in of_group])):
            of_group[int(group)] = place % count
    return np.array([of_group[group] for group in groups])


def _groups(digests: np.ndarray[tuple[int, int], np.dtype[np.uint8]]) -> list[int]:
    """A number per picture, the same for those that are alike, also through others."""
    number = list(range(len(digests)))
    for i, digest in enumerate(digests):
        for j in np.flatnonzero((digests[:i] != digest).sum(1) <= ALIKE):
            old, new = number[j], number[i]
            number = [new if each == old else each for each in number]
    return number
