"""Posts written for this project: what `moderation demo` feeds, and what tests and newcomers try things on.

`kind` says what a human makes of a post (`benign`, `borderline:...`, `harmful:<category>`), `shows` what it is
there for; both are unknown fields to the pipeline. A few lines are malformed on purpose.
"""

import base64
import json
from pathlib import Path
from typing import Any

PATH = Path(__file__).parent / "posts.jsonl"


def lines() -> list[bytes]:
    """Every line as a producer would send it, without its line end."""
    return PATH.read_bytes().splitlines()


def lines_beside(folder: Path) -> list[bytes]:
    """The same with pictures and clips as files in the folder, which becomes the workers' media root.

    Inline bytes travel no further than the lanes that need them: a review desk can show references only.
    """
    return [_referring(line, folder) for line in lines()]


def _referring(line: bytes, folder: Path) -> bytes:
    try:
        post: dict[str, Any] = json.loads(line)
        inline = [item for item in post["media"] if "content" in item]
    except (ValueError, KeyError, TypeError):  # one of the malformed
        return line
    for item in inline:
        (folder / item["media_id"]).write_bytes(base64.b64decode(item.pop("content")))
        item["url"] = f"file:{item['media_id']}"
    return json.dumps(post, ensure_ascii=False).encode() if inline else line
