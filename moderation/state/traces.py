"""What a post leaves behind to be counted by: digests of its author and its text, and the domains that it links to."""

import functools
import hashlib
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Literal

from moderation.events import Post
from moderation.policy.wording import domain_of, folded

SHORT_TEXT = 20
"""A text with fewer characters is written by many who know nothing of each other: it is no copy."""

MOST_DOMAINS = 16
"""Of a post with more, the first count."""

Kind = Literal["texts", "domains", "authors"]
"""What can be told apart."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LINK = re.compile(
    r"https?://(?:[^\s/@]*@)?([^\s/?#:@]+)|(?<![\w.@-])((?:www\.[\w-]+(?:\.[\w-]+)+)|(?:[\w-]+\.)+[^\W\d_]{2,24}(?=/))"
)
_ADDRESS = re.compile(r"[\d.]+")
_SECOND_LEVEL = frozenset({"ac", "co", "com", "edu", "gob", "gov", "go", "gv", "ne", "net", "nom", "or", "org"})


def micros_of(time: datetime) -> int:
    """Microseconds since 1970."""
    return (time - _EPOCH) // _MICROSECOND


def digest_of(text: str) -> int:
    """64 bits by which a text or an id is told from others."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest())


class Traces:
    """The traces of one post, each made when first asked."""

    def __init__(self, post: Post) -> None:
        self._post = post

    @functools.cached_property
    def author(self) -> int | None:
        """The digest of its author, if it has one."""
        return None if self._post.author_id is None else digest_of(self._post.author_id)

    @functools.cached_property
    def _text(self) -> str:
        return " ".join(folded(self._post.text).split())

    @functools.cached_property
    def text(self) -> int | None:
        """The digest of its text, whatever its case, blanks and invisible characters; None without text."""
        return digest_of(self._text) if self._text else None

    @functools.cached_property
    def content(self) -> int | None:
        """The same, None for a text too short to be a copy of another."""
        return self.text if len(self._text) >= SHORT_TEXT else None

    @functools.cached_property
    def domains(self) -> tuple[str, ...]:
        """The domains it links to, each once: `https://`, `www.` or a path must show that it is a link."""
        text = self._post.text
        if "." not in text and "\u3002" not in text:
            return ()
        hosts = (match[1] or match[2] for match in _LINK.finditer(folded(text)))
        found = dict.fromkeys(domain for host in hosts if (domain := registered_domain(host)))
        return tuple(found)[:MOST_DOMAINS]

    def members(self, kind: Kind) -> Iterable[int]:
        """The digests of its texts, domains or authors."""
        if kind == "domains":
            return map(digest_of, self.domains)
        found = self.text if kind == "texts" else self.author
        return () if found is None else (found,)


def registered_domain(host: str) -> str:
    """The part of a host that somebody has registered, as far as its labels tell: `shop.example.co.uk` is
    `example.co.uk`. Empty for what is no host."""
    host = domain_of(host)
    labels = host.split(".")
    if len(labels) < 2 or not all(labels) or len(host) > 253:
        return ""
    if _ADDRESS.fullmatch(host):
        return host
    kept = 3 if len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL else 2
    return ".".join(labels[-kept:])
