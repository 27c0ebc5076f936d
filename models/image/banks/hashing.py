"""A picture's perceptual hash: PDQ, 256 bits, of which near-duplicates differ in few.

Distance and quality are those that ThreatExchange recommends to start with: a match up to 31 bits, and no hash of a
picture whose quality is 49 or less. Quality (0 to 100) is how much the picture varies from place to place: of flat
pictures the hash is chance, and all of them look alike to it.
"""

import importlib.util
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from models.media.decoding import Fit
from models.media.decoding.decoded import Pixels
from moderation.errors import MissingDependency

Digests = npt.NDArray[np.uint8]
"""Hashes as bytes, shape (n, 32): the first bit of a hash is the highest of its first byte."""

BYTES = 32
FARTHEST = 31
LEAST_QUALITY = 50

PICTURE = Fit(512)
"""What is hashed. Of the ThreatExchange pictures, hashes lie 0 to 12 bits from those of the full size, and take a
fifth of the time. Not enlarged, which moved hashes of small noisy pictures by 60 bits and more."""

Turn = Literal[
    "as it is",
    "turned left",
    "upside down",
    "turned right",
    "mirrored top to bottom",
    "mirrored",
    "mirrored and turned left",
    "mirrored and turned right",
]
TURNS: tuple[Turn, ...] = get_args(Turn)
"""What was done to the picture before its variants were hashed, in the order of `pdqhash.compute_dihedral`."""

_HEX = re.compile(r"[0-9a-fA-F]{64}")


@dataclass(frozen=True)
class PictureHash:
    """`variants` are the digests of the picture as it is and of its seven turns and mirrors, shape (8, 32)."""

    variants: Digests
    quality: int

    @property
    def usable(self) -> bool:
        """Whether the picture has enough in it for its hash to mean something."""
        return self.quality >= LEAST_QUALITY

    @cached_property
    def text(self) -> str:
        """The hash of the picture as it is, 64 hexadecimal digits."""
        return text_of(self.variants[0])


def installed() -> bool:
    """Whether pictures can be hashed here."""
    return importlib.util.find_spec("pdqhash") is not None


def hash_of(pixels: Pixels) -> PictureHash:
    """Hash a picture of about the size of `PICTURE`. The variants cost 0.1 ms: they are read off one transform."""
    variants, quality = _pdqhash().compute_dihedral(np.ascontiguousarray(pixels))
    return PictureHash(np.packbits(np.asarray(variants, np.uint8), axis=1), int(quality))


def text_of(digest: npt.NDArray[np.uint8]) -> str:
    """As people and other programs write a hash: 64 lower-case hexadecimal digits."""
    return digest.tobytes().hex()


def is_hash(text: str) -> bool:
    """Whether this is a hash as text, in upper or lower case."""
    return _HEX.fullmatch(text) is not None


def digest_of(text: str) -> Digests:
    """The digest of one hash, shape (32,). Raises `ValueError` for what is none."""
    if not is_hash(text):
        raise ValueError(f"{text[:80]!r} is no PDQ hash: it has 64 hexadecimal digits")
    return np.frombuffer(bytes.fromhex(text), np.uint8)


def _pdqhash() -> Any:
    try:
        import pdqhash
    except ImportError as error:
        raise MissingDependency(
            "picture hashes need pdqhash, which is built with a C++ compiler: "
            "install one (Debian, Ubuntu: apt install g++), then pip install 'moderation-pipeline[hashes]'"
        ) from error
    return pdqhash
