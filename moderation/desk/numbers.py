"""Tasks in addresses: under a key, so that a number neither tells when a task was made nor can be guessed.

A test and a second look are made when they are needed: among numbers that count up, theirs would stand out.
"""

import base64
import binascii

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV


class Numbers:
    """Both ways between the ids of tasks and what stands for them in addresses: 32 letters, digits, - and _.

    AES-SIV (RFC 5297): the same id is always the same text, and a text that was not made here is none.
    """

    def __init__(self, key: bytes) -> None:
        self._cipher = AESSIV(key)

    def written(self, task_id: int) -> str:
        """The text for an id."""
        return base64.urlsafe_b64encode(self._cipher.encrypt(task_id.to_bytes(8), None)).decode()

    def read(self, text: str) -> int | None:
        """The id that a text stands for; None for any other text."""
        try:
            sealed = base64.b64decode(text, altchars=b"-_", validate=True)
            return int.from_bytes(self._cipher.decrypt(sealed, None))
        except (binascii.Error, InvalidTag, ValueError):
            return None
