"""Master keys: what the keys of authors are wrapped with, so that the database alone cannot be read.

They lie outside of the database. One wraps what is new; those of before still open what they have wrapped, until
`moderation.review.rekeying` has put it under the new one. A stored key is one byte, 0 plain or 1 wrapped, then the 32
bytes of the key, or a nonce and AES-256-GCM's output, bound to whose key it is.
"""

import base64
import binascii
import hashlib
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from moderation.errors import ConfigurationError, ModerationError
from moderation.settings import DeskSettings

KEY_BYTES, NONCE_BYTES = 32, 12
_PLAIN, WRAPPED = b"\0", b"\1"


class ContentError(ModerationError):
    """Content that should be readable and is not: the wrong master key, or a damaged row."""


class MasterKeys:
    """The master key that wraps, if there is one, and older ones that only open. All are 32 bytes."""

    def __init__(self, current: bytes | None = None, old: Sequence[bytes] = ()) -> None:
        self.current = current
        self._known = (*((current,) if current else ()), *old)

    @classmethod
    def of(cls, settings: DeskSettings) -> "MasterKeys":
        """What the settings give. Raises `ConfigurationError`."""
        current = None if settings.key is None else _read(settings.key.get_secret_value(), "MODERATION_DESK_KEY")
        old = settings.old_keys.get_secret_value() if settings.old_keys else ""
        return cls(current, [_read(one, "MODERATION_DESK_OLD_KEYS") for one in old.split(",") if one.strip()])

    @property
    def name(self) -> str:
        """What can be told of the key that wraps: 8 hex digits, from which nobody finds it."""
        return hashlib.sha256(b"moderation master key name" + (self.current or b"")).hexdigest()[:8]

    def wrapped(self, owner: str, key: bytes) -> bytes:
        """The key as it is stored: plain where there is no master key."""
        if self.current is None:
            return _PLAIN + key
        nonce = os.urandom(NONCE_BYTES)
        return WRAPPED + nonce + AESGCM(self.current).encrypt(nonce, key, _bytes(owner))

    def opened(self, owner: str, stored: bytes) -> bytes:
        """The key itself. Raises `ContentError` where no master key opens it."""
        if stored[:1] == _PLAIN:
            return stored[1:]
        if not self._known:
            raise ContentError(
                "content is kept under a master key: set MODERATION_DESK_KEY to the one it was made with"
            )
        for master in self._known:
            key = _open(master, owner, stored)
            if key is not None:
                return key
        raise ContentError(
            "MODERATION_DESK_KEY is not the key that the content was kept under: set it to that one, or, if it was "
            "changed, add that one to MODERATION_DESK_OLD_KEYS"
        )

    def is_current(self, owner: str, stored: bytes) -> bool:
        """Whether the stored key needs no other master key than the one that wraps."""
        if self.current is None:
            return stored[:1] == _PLAIN
        return stored[:1] == WRAPPED and _open(self.current, owner, stored) is not None


def _open(master: bytes, owner: str, stored: bytes) -> bytes | None:
    nonce, sealed = stored[1 : 1 + NONCE_BYTES], stored[1 + NONCE_BYTES :]
    try:
        return AESGCM(master).decrypt(nonce, sealed, _bytes(owner))
    except InvalidTag:
        return None


def _read(text: str, setting: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != KEY_BYTES:
        several = ", several with commas between" if setting.endswith("S") else ""
        raise ConfigurationError(
            f"{setting} must be 32 random bytes in base64{several}: `openssl rand -base64 32` makes one"
        )
    return key


def _bytes(owner: str) -> bytes:
    return owner.encode(errors="replace")
