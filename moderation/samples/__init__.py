"""Posts written for this project: what `moderation demo` feeds, and what tests and newcomers try things on.

`kind` says what a human makes of a post (`benign`, `borderline:...`, `harmful:<category>`), `shows` what it is
there for; both are unknown fields to the pipeline. A few lines are malformed on purpose.
"""

from pathlib import Path

PATH = Path(__file__).parent / "posts.jsonl"


def lines() -> list[bytes]:
    """Every line as a producer would send it, without its line end."""
    return PATH.read_bytes().splitlines()
