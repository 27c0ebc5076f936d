"""Kafka's jars come into the cache whole or not at all, by Maven or from an archive that is what Apache released."""

import functools
import hashlib
import io
import tarfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from moderation.broker.jars import find_jars
from moderation.broker.release import KAFKA, Release
from moderation.errors import MissingDependency

MEMBERS = {
    f"kafka_2.13-1.0/libs/{Release('1.0', '', 0, 0).main_jar}": b"main",
    "kafka_2.13-1.0/libs/other.jar": b"other",
    "kafka_2.13-1.0/bin/kafka-server-start.sh": b"no jar",
    "../../libs/escaped.jar": b"outside",
    "/tmp/libs/absolute.jar": b"absolute",
}


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


class Mirror:
    """A release archive behind an address on this machine."""

    def __init__(self, folder: Path, base: str) -> None:
        self.folder = folder
        self.base = base

    def publish(self, members: dict[str, bytes]) -> Release:
        path = self.folder / "1.0" / "kafka_2.13-1.0.tgz"
        path.parent.mkdir(exist_ok=True)
        with tarfile.open(path, "w:gz") as archive:
            link = tarfile.TarInfo("kafka_2.13-1.0/libs/link.jar")
            link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
            archive.addfile(link)
            for name, content in members.items():
                member = tarfile.TarInfo(name)
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
        return Release("1.0", hashlib.sha512(path.read_bytes()).hexdigest(), 0, 0)


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[Mirror]:
    folder = tmp_path / "mirror"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield Mirror(folder, f"http://127.0.0.1:{server.server_port}")
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def maven(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The place for a Maven; there is none until a test writes one."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder / "mvn"


def write_maven(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\nPATH=/bin:/usr/bin\n{script}\n")
    path.chmod(0o755)


def test_the_archive_is_unpacked_into_the_cache_and_nothing_else(mirror: Mirror, tmp_path: Path) -> None:
    said: list[str] = []
    release = mirror.publish(MEMBERS)
    folder = find_jars(tmp_path / "cache", mirror.base, said.append, release)
    assert folder == tmp_path / "cache" / "kafka" / "1.0"
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        release.main_jar: b"main",
        "other.jar": b"other",
        "escaped.jar": b"outside",
        "absolute.jar": b"absolute",
    }
    assert [path.name for path in folder.parent.iterdir()] == ["1.0"]
    assert said[0].startswith("fetching Kafka 1.0 (about 0 MB) from http://127.0.0.1")


def test_what_is_cached_is_not_fetched_again(mirror: Mirror, tmp_path: Path) -> None:
    release = mirror.publish(MEMBERS)
    folder = find_jars(tmp_path, mirror.base, lambda line: None, release)
    said: list[str] = []
    assert find_jars(tmp_path, "http://127.0.0.1:1", said.append, release) == folder
    assert said == []


def test_a_file_address_works_as_a_mirror(mirror: Mirror, tmp_path: Path) -> None:
    release = mirror.publish(MEMBERS)
    assert find_jars(tmp_path, mirror.folder.as_uri(), lambda line: None, release).is_dir()


def test_an_archive_with_another_checksum_is_never_unpacked(mirror: Mirror, tmp_path: Path) -> None:
    release = replace(mirror.publish(MEMBERS), sha512=KAFKA.sha512)
    with pytest.raises(MissingDependency, match=r"Apache published 78ac6e488b10\.\.\.; it was not unpacked"):
        find_jars(tmp_path / "cache", mirror.base, lambda line: None, release)
    assert list((tmp_path / "cache").rglob("*.jar")) == []


@pytest.mark.parametrize("damage", ["truncated", "not a tar", "without Kafka"])
def test_a_damaged_archive_leaves_no_half_cache(mirror: Mirror, tmp_path: Path, damage: str) -> None:
    release = mirror.publish(MEMBERS if damage != "without Kafka" else {"kafka/libs/a.jar": b"a"})
    path = mirror.folder / "1.0" / "kafka_2.13-1.0.tgz"
    if damage == "truncated":
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    elif damage == "not a tar":
        path.write_bytes(b"<html>captive portal</html>")
    release = replace(release, sha512=hashlib.sha512(path.read_bytes()).hexdigest())
    with pytest.raises(MissingDependency):
        find_jars(tmp_path / "cache", mirror.base, lambda line: None, release)
    assert list((tmp_path / "cache" / "kafka").iterdir()) == []


def test_many_at_once_find_the_same_whole_folder(mirror: Mirror, tmp_path: Path) -> None:
    release = mirror.publish(MEMBERS)
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(find_jars, tmp_path / "cache", mirror.base, lambda line: None, release) for _ in range(8)]
    assert {job.result() for job in asked} == {tmp_path / "cache" / "kafka" / "1.0"}
    assert len(list((tmp_path / "cache" / "kafka").iterdir())) == 1


def test_maven_comes_first_and_gets_the_version_and_the_pom(maven: Path, tmp_path: Path) -> None:
    write_maven(
        maven,
        'for a in "$@"; do case "$a" in -DoutputDirectory=*) out="${a#*=}";; esac; done\n'
        'echo "$@" > "$out/arguments.jar"; echo main > "$out/kafka_2.13-1.0.jar"',
    )
    folder = find_jars(tmp_path, "http://127.0.0.1:1", lambda line: None, Release("1.0", "", 0, 0))
    arguments = (folder / "arguments.jar").read_text()
    assert "-Dkafka.version=1.0 dependency:copy-dependencies" in arguments
    assert "pom.xml" in arguments


def test_the_archive_stands_in_when_maven_cannot(maven: Path, mirror: Mirror, tmp_path: Path) -> None:
    write_maven(maven, "echo '[ERROR] Could not transfer artifact'; exit 1")
    said: list[str] = []
    assert find_jars(tmp_path, mirror.base, said.append, mirror.publish(MEMBERS)).is_dir()
    assert "Maven could not; trying the release archive" in said


def test_when_neither_can_the_error_says_why_and_what_to_do(maven: Path, mirror: Mirror, tmp_path: Path) -> None:
    write_maven(maven, "echo '[INFO] Scanning'; echo '[ERROR] Could not transfer artifact'; exit 1")
    with pytest.raises(MissingDependency) as raised:
        find_jars(tmp_path, mirror.base, lambda line: None, Release("2.0", "", 0, 0))
    assert str(raised.value) == (
        "Kafka 2.0 could not be fetched\n"
        "  Maven: Could not transfer artifact\n"
        f"  archive: {mirror.base}/2.0/kafka_2.13-2.0.tgz: File not found\n"
        "install Maven (mvn) with access to its repository, or let this machine reach the archive, "
        "or name a mirror of it in MODERATION_BROKER_ARCHIVE\n"
        "without Kafka: moderation run POSTS.jsonl -o DECISIONS.jsonl"
    )
