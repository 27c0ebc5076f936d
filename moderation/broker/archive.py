"""Kafka's jars from the Apache release archive, its checksum verified before it is opened."""

import hashlib
import http.client
import shutil
import tarfile
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import IO

from moderation.broker.release import Release
from moderation.errors import ModerationError

_CHUNK = 1 << 20
_TIMEOUT_S = 30


class ArchiveError(ModerationError):
    """The archive could not be fetched, or is not the one that was released."""


def fetch(release: Release, base: str, target: Path, say: Callable[[str], None]) -> None:
    """Download `base`/VERSION/kafka_2.13-VERSION.tgz and put its jars into `target`. Raises `ArchiveError`."""
    address = f"{base.rstrip('/')}/{release.archive}"
    say(f"fetching Kafka {release.version} (about {release.archive_mb} MB) from {address}")
    try:
        with tempfile.TemporaryFile() as file:
            actual = _download(address, file, say)
            if actual != release.sha512:
                raise ArchiveError(
                    f"{address}: sha512 is {actual[:12]}..., Apache published {release.sha512[:12]}...; "
                    "it was not unpacked: try again, or another address in MODERATION_BROKER_ARCHIVE"
                )
            file.seek(0)
            _unpack(file, target)
    except (OSError, urllib.error.URLError, http.client.HTTPException, tarfile.TarError, EOFError) as error:
        raise ArchiveError(f"{address}: {getattr(error, 'reason', None) or error}") from error


def _download(address: str, file: IO[bytes], say: Callable[[str], None]) -> str:
    """Copy what stands at the address into the file; returns its sha512 in hex."""
    digest = hashlib.sha512()
    done, told = 0, 0
    with urllib.request.urlopen(address, timeout=_TIMEOUT_S) as response:
        while chunk := response.read(_CHUNK):
            digest.update(chunk)
            file.write(chunk)
            done += len(chunk)
            if done - told >= 10 * _CHUNK:
                told = done
                say(f"  {done // 1_000_000} MB")
    return digest.hexdigest()


def _unpack(file: IO[bytes], target: Path) -> None:
    """Regular files */libs/*.jar alone, each under its bare name: no path in the archive is ever followed."""
    with tarfile.open(fileobj=file, mode="r|gz") as archive:
        for member in archive:
            path = PurePosixPath(member.name)
            if member.isreg() and path.suffix == ".jar" and path.parent.name == "libs":
                content = archive.extractfile(member)
                assert content is not None
                with (target / path.name).open("wb") as jar:
                    shutil.copyfileobj(content, jar)
