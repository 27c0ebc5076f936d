"""Where media may come from: schemes, and where an operator wants it narrower, hosts, ports and buckets."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from models.media.fetching.references import Place
from models.media.fetching.stores import PACKAGES
from moderation.errors import ConfigurationError, MediaReason, MediaRefused

_PORTS = {"https": 443, "http": 80}
_HOST = re.compile(r"\*|(\*\.)?[a-z0-9._-]+|[0-9a-f:.]+")

WEB = tuple(_PORTS)
SCHEMES = (*WEB, *PACKAGES)


@dataclass(frozen=True, slots=True)
class Source:
    """One entry. `host` is `*`, a name, an address, a bucket, or `*.example.com` for all names below it."""

    scheme: str
    host: str
    port: int | None

    def admits_host(self, host: str) -> bool:
        if self.host.startswith("*"):
            return host.endswith(self.host[1:])
        return host == self.host


class Sources:
    """The entries of the setting: `https`, `https://*.example.com:8443`, `s3://uploads`."""

    def __init__(self, entries: Iterable[str]) -> None:
        """Raises `ConfigurationError` for an entry that cannot be read."""
        self._sources = tuple(_source(entry.strip()) for entry in entries if entry.strip())

    @classmethod
    def of(cls, setting: str) -> "Sources":
        """From entries with commas between them."""
        return cls(setting.split(","))

    def check(self, place: Place, subject: str) -> None:
        """Raise `MediaRefused` if no entry admits the place; `subject` names it for people."""
        left = [source for source in self._sources if source.scheme == place.scheme]
        if not left:
            raise _refused(subject, f"{place.scheme}: is not among the allowed sources", "forbidden scheme")
        left = [source for source in left if source.admits_host(place.host)]
        if not left:
            raise _refused(subject, f"{place.host} is not among the allowed sources", "forbidden host")
        if not any(source.port == place.port for source in left):
            raise _refused(subject, f"port {place.port} is not among the allowed sources", "forbidden port")


def _refused(subject: str, because: str, reason: MediaReason) -> MediaRefused:
    return MediaRefused(f"{subject}: {because} (MODERATION_MEDIA_SOURCES)", reason)


def _source(entry: str) -> Source:
    scheme, _, rest = entry.partition("://")
    if scheme not in SCHEMES:
        offered = ", ".join(own for own in SCHEMES if own != "memory")  # which is of fsspec, for tests
        raise _invalid(entry, f"schemes are {offered}; files are allowed by MODERATION_MEDIA_ROOT")
    if scheme not in WEB:
        if "/" in rest or "*" in rest:
            raise _invalid(entry, "a bucket is named without a path")
        return Source(scheme, rest or "*", None)
    try:
        url = urlsplit(f"{scheme}://{rest or '*'}")
        port = url.port or _PORTS[scheme]
    except ValueError as error:
        raise _invalid(entry, str(error)) from None
    host = (url.hostname or "").rstrip(".")
    if not _HOST.fullmatch(host) or url.username is not None or url.path + url.query + url.fragment not in ("", "/"):
        raise _invalid(entry, "a source is a scheme, a host or *.host, and a port")
    return Source(scheme, host, port)


def _invalid(entry: str, why: str) -> ConfigurationError:
    return ConfigurationError(f"MODERATION_MEDIA_SOURCES: {entry!r}: {why}")
