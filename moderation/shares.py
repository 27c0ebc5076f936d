"""A share of posts or authors, drawn by a hash instead of by chance: the same wherever and whenever it is drawn."""

import hashlib


def place_of(identity: str) -> float:
    """Where something stands among all of its kind, in [0, 1): evenly spread. A share are those below it."""
    return int.from_bytes(hashlib.blake2b(identity.encode("utf-8", "surrogatepass"), digest_size=8).digest()) / 2**64
