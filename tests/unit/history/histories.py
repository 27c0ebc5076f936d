"""Small histories for tests."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

START = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)


def row(number: int, **values: Any) -> dict[str, Any]:
    """A row that is decided `allow`; other values by name, `__` for the dot: `text__hate=0.9`."""
    own = {name.replace("__", "."): value for name, value in values.items()}
    return {
        "schema": "history/1",
        "post_id": f"p{number}",
        "time": (START + timedelta(hours=number)).isoformat(),
        "post.surface": "comment",
        "text.language": "en",
        "text.hate": 0.0,
        "text.spam": 0.0,
        "lanes.text": "scored",
        "decision.action": "allow",
        "decision.reasons": [],
        "decision.rules": [],
        **own,
    }


def jsonl(file: Path, rows: Iterable[dict[str, Any]]) -> Path:
    file.write_text("".join(f"{json.dumps(own)}\n" for own in rows), encoding="utf-8")
    return file


def parquet(file: Path, rows: Sequence[dict[str, Any]]) -> Path:
    from moderation.history.writing import write

    write(lambda: iter(rows), file, "parquet")
    return file
