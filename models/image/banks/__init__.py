"""Banks of perceptual hashes: pictures that are known already, to block or to allow. See `Banks`, `BanksInForce`."""

from models.image.banks.bank import Bank
from models.image.banks.banks import Banks, Match
from models.image.banks.entry import Entry
from models.image.banks.hashing import PICTURE, PictureHash, hash_of
from models.image.banks.head import Head
from models.image.banks.matching import Matching
from models.image.banks.watch import BanksInForce

__all__ = ["PICTURE", "Bank", "Banks", "BanksInForce", "Entry", "Head", "Match", "Matching", "PictureHash", "hash_of"]
