"""What the figures were measured on: processor, memory, system, versions, commit."""

import importlib.metadata
import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

_PACKAGES = ("onnxruntime", "tokenizers", "faust-streaming", "aiokafka", "kafka-python", "pydantic", "numpy", "uvloop")


def description() -> dict[str, object]:
    """A flat object: what a reader needs to judge whether his machine would give the same figures."""
    from moderation.broker.java import find_java
    from moderation.broker.release import KAFKA

    return {
        "processor": _processor(),
        "cores": os.cpu_count() or 1,
        "memory_gb": round(_memory_kb() / 1024**2, 1),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
        "java": _java(find_java()),
        "kafka": KAFKA.version,
        "packages": {name: importlib.metadata.version(name) for name in _PACKAGES},
    }


def commit() -> str:
    """The commit the code stands at, with '+' when files that are under version control differ from it."""
    short = _output(["git", "rev-parse", "--short=12", "HEAD"]).strip()
    changed = _output(["git", "status", "--porcelain", "--untracked-files=no"]).splitlines()
    # Results and the block in the README are what a run writes.
    own = ("benchmarks/results/", "README.md")
    dirty = any(not line[3:].startswith(own) for line in changed)
    return f"{short or 'unknown'}{'+' if dirty else ''}"


def now() -> str:
    """The time, UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def load_average() -> float | None:
    """Processes that wanted a core over the last minute; None where the system does not say."""
    try:
        return round(os.getloadavg()[0], 2)
    except OSError:
        return None


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _memory_kb() -> int:
    try:
        return int(Path("/proc/meminfo").read_text().split()[1])
    except OSError:
        return 0


def _java(java: Path) -> str:
    done = subprocess.run([str(java), "-version"], capture_output=True, text=True)
    return (done.stderr or done.stdout).splitlines()[0]


def _output(command: list[str]) -> str:
    try:
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout
    except OSError:
        return ""
