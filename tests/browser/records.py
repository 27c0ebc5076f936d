"""The sample posts as the real lanes score them: what a seeded desk shows."""

import subprocess
import sys
from pathlib import Path

from moderation import samples
from moderation.events import Scored


def scored(folder: Path) -> list[Scored]:
    """Records of all valid sample posts, made by `moderation run` in `folder`; their media are files in it."""
    posts, records = folder / "posts.jsonl", folder / "records.jsonl"
    posts.write_bytes(b"".join(line + b"\n" for line in samples.lines_beside(folder)))
    arguments = [str(posts), "-o", str(folder / "decisions.jsonl"), "--records", str(records)]
    arguments += ["--media-root", str(folder)]
    done = subprocess.run([sys.executable, "-m", "moderation", "run", *arguments], capture_output=True, text=True)
    assert records.is_file(), done.stderr  # some samples are wrong on purpose, so the exit code is 1
    return [Scored.model_validate_json(line) for line in records.read_bytes().splitlines()]
