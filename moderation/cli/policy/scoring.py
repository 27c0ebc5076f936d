"""Scores of the posts in policy tests, by the models of the settings, kept in a file beside the tests."""

import asyncio
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from moderation.errors import PolicyError
from moderation.policy.synthetic import record_of
from moderation.policy.testing.records import Scores
from moderation.settings import Settings


class Scoring:
    """Texts to scores. Only what is not in the file, or was scored by another model, is scored and kept."""

    def __init__(self, file: Path, settings: Settings) -> None:
        self._file = file
        self._settings = settings

    def __call__(self, texts: Sequence[str]) -> list[Scores]:
        """Raises `ModelError` for a model that cannot be used, and `PolicyError` for a file that cannot."""
        kept = self._read()
        models = _models(self._settings)
        by_text: dict[str, Scores] = kept["scores"] if kept.get("models") == models else {}
        missing = [text for text in dict.fromkeys(texts) if _digest(text) not in by_text]
        if missing:
            scored = asyncio.run(self._scored(missing))
            by_text = {**by_text, **dict(zip(map(_digest, missing), scored, strict=True))}
            content = {"models": models, "scores": dict(sorted(by_text.items()))}
            part = self._file.with_suffix(".part")
            part.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
            part.replace(self._file)
        return [by_text[_digest(text)] for text in texts]

    async def _scored(self, texts: Sequence[str]) -> list[Scores]:
        from models.text import text_lane

        lane = text_lane(self._settings)
        try:
            records = await lane.score([record_of({}, post={"text": text}) for text in texts])
        finally:
            await lane.close()
        return [{**record.signals, **record.attributes} for record in records]

    def _read(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads(self._file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise PolicyError(f"{self._file}: cannot be read: {error}; remove it, it is made again") from None
        return found


def _models(settings: Settings) -> list[str]:
    """What the scores depend on: the models and the lexicon, with their versions."""
    from models import manifest, stub
    from models.text.factory import text_models
    from models.text.lexicon import load, shipped

    lexicon = load(settings.lexicons) if settings.lexicons else shipped()
    names = text_models(settings)
    found = [name if stub.parse(name) is not None else manifest.load(manifest.find(name)).name for name in names]
    return [*found, lexicon.name]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
