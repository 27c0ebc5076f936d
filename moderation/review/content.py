"""What users wrote, as the desk keeps it: compressed, then encrypted under a random key of its author's.

Without the key nobody can read it, so an author is forgotten by removing one row (`moderation.review.erasing`).
Posts without an author have a key each. Keys may be wrapped by a master key, which lies outside of the database:
then the database alone, or a backup of it, cannot be read either.

A sealed value is 8 bytes that name the key, 12 bytes of nonce, and AES-256-GCM's output over zstd, bound to the row
it belongs to. A stored key is one byte, 0 plain or 1 wrapped, then 32 bytes, or nonce and AES-256-GCM's output.
"""

import base64
import binascii
import hashlib
import os
from datetime import datetime

import zstandard
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from moderation.errors import ConfigurationError, ModerationError
from moderation.events import ReviewItem
from moderation.review.tables import AuthorKey, Item

MASTER_KEY = "moderation.review.content.master_key"
"""Where in `Session.info` the master key is, 32 bytes, if there is one: `Database` puts it there."""

_KEY_BYTES, _NONCE_BYTES, _NAME_BYTES = 32, 12, 8
_PLAIN, _WRAPPED = b"\0", b"\1"


class ContentError(ModerationError):
    """Content that should be readable and is not: the wrong master key, or a damaged row."""


def master_key(text: str) -> bytes:
    """The master key that a setting gives: 32 bytes in base64. Raises `ConfigurationError`."""
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error:
        key = b""
    if len(key) != _KEY_BYTES:
        raise ConfigurationError(
            "MODERATION_DESK_KEY must be 32 random bytes in base64: `openssl rand -base64 32` makes one"
        )
    return key


def seal(session: Session, item: ReviewItem) -> bytes | None:
    """The item as `items.content` keeps it; None where its author was erased after the post was made."""
    owner = owner_of(item.author_id, item.post_id)
    return _seal(session, owner, item.to_json(), _bound("item", item.review_id), item.source.time)


def unseal(session: Session, row: Item) -> ReviewItem | None:
    """The item as it came; None where its author was erased, or its time is over. Raises `ContentError`."""
    owner = owner_of(row.author_id, row.post_id)
    plain = _unseal(session, owner, row.content, _bound("item", row.review_id))
    return None if plain is None else ReviewItem.model_validate_json(plain)


def seal_text(
    session: Session, text: str, *, author_id: str | None, post_id: str, place: str, at: datetime
) -> bytes | None:
    """A text of an author's, such as the statement of an appeal, for the row that `place` names: `appeal:ID`.

    `at` is when it was written: None comes back if the author was erased later than that.
    """
    return _seal(session, owner_of(author_id, post_id), text.encode(errors="replace"), place.encode(), at)


def unseal_text(
    session: Session, sealed: bytes | None, *, author_id: str | None, post_id: str, place: str
) -> str | None:
    """What `seal_text` was given; None where it cannot be read any more. Raises `ContentError`."""
    plain = _unseal(session, owner_of(author_id, post_id), sealed, place.encode())
    return None if plain is None else plain.decode()


def owner_of(author_id: str | None, post_id: str) -> str:
    """The name of the key: the author's, or the post's own where nobody is known."""
    return f"post:{post_id}" if author_id is None else f"author:{author_id}"


def _bound(kind: str, name: str) -> bytes:
    return f"{kind}:{name}".encode(errors="replace")


def _seal(session: Session, owner: str, plain: bytes, bound_to: bytes, made_at: datetime) -> bytes | None:
    row = session.get(AuthorKey, owner) or _new_key(session, owner)
    if row.shredded_at is not None and made_at <= row.shredded_at:
        return None
    if row.key is None:
        row.key = _stored(session, owner, os.urandom(_KEY_BYTES))  # the author has come back, and starts anew
    key = _key(session, row)
    nonce = os.urandom(_NONCE_BYTES)
    return _name(key) + nonce + AESGCM(key).encrypt(nonce, zstandard.compress(plain), bound_to)


def _unseal(session: Session, owner: str, sealed: bytes | None, bound_to: bytes) -> bytes | None:
    row = session.get(AuthorKey, owner)
    if sealed is None or row is None or row.key is None:
        return None
    key = _key(session, row)
    name, nonce = sealed[:_NAME_BYTES], sealed[_NAME_BYTES : _NAME_BYTES + _NONCE_BYTES]
    if name != _name(key):  # of a key that was shredded; the author has another now
        return None
    try:
        return zstandard.decompress(AESGCM(key).decrypt(nonce, sealed[_NAME_BYTES + _NONCE_BYTES :], bound_to))
    except InvalidTag:
        raise ContentError(f"the stored content of {bound_to.decode()} is damaged: restore it from a backup") from None


def _new_key(session: Session, owner: str) -> AuthorKey:
    """Two sessions may come upon an author at once: the first key counts."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    key = _stored(session, owner, os.urandom(_KEY_BYTES))
    session.execute(insert(AuthorKey).values(author=owner, key=key).on_conflict_do_nothing())
    return session.get_one(AuthorKey, owner)


def _stored(session: Session, owner: str, key: bytes) -> bytes:
    master = session.info.get(MASTER_KEY)
    if master is None:
        return _PLAIN + key
    nonce = os.urandom(_NONCE_BYTES)
    return _WRAPPED + nonce + AESGCM(master).encrypt(nonce, key, owner.encode(errors="replace"))


def _key(session: Session, row: AuthorKey) -> bytes:
    assert row.key is not None
    kind, rest = row.key[:1], row.key[1:]
    if kind == _PLAIN:
        return rest
    master = session.info.get(MASTER_KEY)
    if master is None:
        raise ContentError("content is kept under a master key: set MODERATION_DESK_KEY to the one it was made with")
    try:
        return AESGCM(master).decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], row.author.encode(errors="replace"))
    except InvalidTag:
        raise ContentError("MODERATION_DESK_KEY is not the key that the content was kept under") from None


def _name(key: bytes) -> bytes:
    return hashlib.sha256(b"moderation key name" + key).digest()[:_NAME_BYTES]
