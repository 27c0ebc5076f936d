"""What users wrote, as the desk keeps it: compressed, then encrypted under a random key of its author's.

Without the key nobody can read it, so an author is forgotten by removing one row (`moderation.review.erasing`).
Posts without an author have a key each. Keys may be wrapped by a master key (`moderation.review.wrapping`): then the
database alone, or a backup of it, cannot be read either.

A sealed value is 8 bytes that name the key, 12 bytes of nonce, and AES-256-GCM's output over zstd, bound to the row
it belongs to.
"""

import hashlib
import os
from collections.abc import Collection
from datetime import datetime

import zstandard
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from moderation.errors import ConfigurationError
from moderation.events import ReviewItem
from moderation.review.tables import AuthorKey, Item
from moderation.review.wrapping import KEY_BYTES, NONCE_BYTES, WRAPPED, ContentError, MasterKeys

MASTER_KEYS = "moderation.review.content.master_keys"
"""Where in `Session.info` the `MasterKeys` are: `Database` puts them there."""

_NAME_BYTES = 8
_TRIED = 100  # keys


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


def is_erased(session: Session, *, author_id: str | None, post_id: str, at: datetime) -> bool:
    """Whether nothing is kept of what the author wrote then, as they were erased later."""
    return _is_erased(session.get(AuthorKey, owner_of(author_id, post_id)), at)


def keys(session: Session, owners: Collection[str]) -> list[AuthorKey]:
    """The keys of these owners, made where there are none yet. Nothing is asked for one that somebody holds."""
    asked = select(AuthorKey).where(AuthorKey.author.in_(owners))
    found = list(session.scalars(asked))
    missing = sorted({*owners} - {row.author for row in found})
    if missing:
        _new_keys(session, missing)
        found += session.scalars(asked.where(AuthorKey.author.in_(missing)))
    return found


def desk_key(session: Session, name: str) -> bytes:
    """A key of the desk's own, 32 bytes, made when it is first asked for and kept like those of authors."""
    return _key(session, session.get(AuthorKey, f"desk:{name}") or _new_key(session, f"desk:{name}"))


def check_master_keys(session: Session) -> None:
    """Raises `ConfigurationError` where no master key opens what others have wrapped.

    Some keys stand for all. Of these one is enough: others may be damaged, or of a master key that was lost.
    """
    masters: MasterKeys = session.info[MASTER_KEYS]
    wrapped = func.substr(AuthorKey.key, 1, 1) == WRAPPED
    problem: ContentError | None = None
    for row in session.scalars(select(AuthorKey).where(wrapped).limit(_TRIED)):
        try:
            masters.opened(row.author, row.key or b"")
        except ContentError as error:
            problem = error
        else:
            return
    if problem is not None:
        raise ConfigurationError(f"nothing in the desk's database can be read: {problem}")


def owner_of(author_id: str | None, post_id: str) -> str:
    """The name of the key: the author's, or the post's own where nobody is known."""
    return f"post:{post_id}" if author_id is None else f"author:{author_id}"


def _is_erased(row: AuthorKey | None, at: datetime) -> bool:
    return row is not None and row.shredded_at is not None and at <= row.shredded_at


def _bound(kind: str, name: str) -> bytes:
    return f"{kind}:{name}".encode(errors="replace")


def _seal(session: Session, owner: str, plain: bytes, bound_to: bytes, made_at: datetime) -> bytes | None:
    row = session.get(AuthorKey, owner) or _new_key(session, owner)
    if _is_erased(row, made_at):
        return None
    if row.key is None:
        row.key = _stored(session, owner, os.urandom(KEY_BYTES))  # the author has come back, and starts anew
    key = _key(session, row)
    nonce = os.urandom(NONCE_BYTES)
    return _name(key) + nonce + AESGCM(key).encrypt(nonce, zstandard.compress(plain), bound_to)


def _unseal(session: Session, owner: str, sealed: bytes | None, bound_to: bytes) -> bytes | None:
    row = session.get(AuthorKey, owner)
    if sealed is None or row is None or row.key is None:
        return None
    key = _key(session, row)
    name, nonce = sealed[:_NAME_BYTES], sealed[_NAME_BYTES : _NAME_BYTES + NONCE_BYTES]
    if name != _name(key):  # of a key that was shredded; the author has another now
        return None
    try:
        return zstandard.decompress(AESGCM(key).decrypt(nonce, sealed[_NAME_BYTES + NONCE_BYTES :], bound_to))
    except InvalidTag:
        raise ContentError(f"the stored content of {bound_to.decode()} is damaged: restore it from a backup") from None


def _new_key(session: Session, owner: str) -> AuthorKey:
    _new_keys(session, [owner])
    return session.get_one(AuthorKey, owner)


def _new_keys(session: Session, owners: Collection[str]) -> None:
    """Two sessions may come upon an author at once: the first key counts."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    rows = [{"author": owner, "key": _stored(session, owner, os.urandom(KEY_BYTES))} for owner in owners]
    session.execute(insert(AuthorKey.__table__).on_conflict_do_nothing(), rows)  # type: ignore[arg-type]


def _stored(session: Session, owner: str, key: bytes) -> bytes:
    masters: MasterKeys = session.info[MASTER_KEYS]
    return masters.wrapped(owner, key)


def _key(session: Session, row: AuthorKey) -> bytes:
    assert row.key is not None
    masters: MasterKeys = session.info[MASTER_KEYS]
    return masters.opened(row.author, row.key)


def _name(key: bytes) -> bytes:
    return hashlib.sha256(b"moderation key name" + key).digest()[:_NAME_BYTES]
