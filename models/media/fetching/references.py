"""A media reference as text, read strictly: what two readers could understand differently is refused."""

import re
from typing import NamedTuple

from yarl import URL

from moderation.errors import MediaRefused

MAX_LENGTH = 4_096
"""Characters of a reference; signed URLs have several hundred."""

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")
_NAME = re.compile(r"[a-z0-9_]([a-z0-9._-]*[a-z0-9._])?", re.IGNORECASE)
_ADDRESS = re.compile(r"[0-9a-f:]+[0-9a-f:.]*", re.IGNORECASE)
_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{0,254}", re.IGNORECASE)


class Place(NamedTuple):
    """Where a reference leads, as far as the allowed sources care."""

    scheme: str
    host: str
    port: int | None = None


def scheme_of(reference: str) -> str:
    """The scheme in lower case. Raises `MediaRefused`."""
    if len(reference) > MAX_LENGTH:
        raise MediaRefused(f"{shown(reference)}: longer than {MAX_LENGTH:,} characters", "bad reference")
    match = _SCHEME.match(reference)
    if match is None:
        raise MediaRefused(f"{shown(reference)}: no reference: it has no scheme such as https://", "bad reference")
    return match[1].lower()


def web_url(reference: str) -> URL:
    """An http or https URL with a plain host, without its fragment, as it is asked for. Raises `MediaRefused`."""
    if _UNSAFE.search(reference):
        raise MediaRefused(f"{shown(reference)}: a space, control character or backslash in it", "bad reference")
    try:
        # Signed URLs must reach the host unchanged, so what is ASCII already is not quoted again.
        return _checked(URL(reference, encoded=reference.isascii()))
    except ValueError as error:
        raise MediaRefused(f"{shown(reference)}: not a URL: {error}", "bad reference") from None


def place_of(url: URL) -> Place:
    """Host and port that the URL is fetched from; a trailing dot makes no other host."""
    return Place(url.scheme, (url.raw_host or "").lower().rstrip("."), url.port)


def stored_at(reference: str) -> tuple[str, str]:
    """Bucket and key of `s3://bucket/key`; the key stands as it is written. Raises `MediaRefused`."""
    _, _, rest = reference.partition("://")
    bucket, _, key = rest.partition("/")
    if not _BUCKET.fullmatch(bucket) or not key or "\0" in key:
        raise MediaRefused(f"{shown(reference)}: not of the form scheme://bucket/key", "bad reference")
    return bucket, key


def shown(reference: str) -> str:
    """The reference for a message: short, printable, without the query, which may hold a signature."""
    bare = re.sub(r"//[^/?#]*@", "//", re.split(r"[?#]", reference, maxsplit=1)[0])
    printable = "".join(character if character.isprintable() else "?" for character in bare)
    return printable if len(printable) <= 120 else f"{printable[:119]}…"


def _checked(url: URL) -> URL:
    host = url.raw_host
    if "@" in url.raw_authority:
        raise MediaRefused(f"{shown(str(url))}: a user name or password in it", "bad reference")
    if not host or not (_ADDRESS if ":" in host else _NAME).fullmatch(host):
        raise MediaRefused(f"{shown(str(url))}: no host, or one with unusual characters", "bad reference")
    if not url.port:
        raise MediaRefused(f"{shown(str(url))}: no port to connect to", "bad reference")
    return url.with_fragment(None) if url.raw_fragment else url
