"""The published JSON Schemas (draft 2020-12) of all events, generated from the models."""

import json
from pathlib import Path

from moderation.events import SCHEMAS

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema(name: str) -> str:
    """The schema of one event, as it stands in `docs/schemas/NAME.json`."""
    model = SCHEMAS[name]
    version = model.model_fields["schema_"].default
    generated = model.model_json_schema(by_alias=True, mode="validation")
    return json.dumps({"$schema": _DIALECT, "$id": version, **generated}, indent=2, ensure_ascii=False) + "\n"


def write(folder: Path) -> list[Path]:
    """Write every schema into the folder; returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name in SCHEMAS:
        path = folder / f"{name}.json"
        path.write_text(schema(name), encoding="utf-8")
        paths.append(path)
    return paths
