"""`docs/settings.md`, generated from the settings: `python -m moderation.settings_doc > docs/settings.md`."""

from pathlib import Path
from typing import Literal, get_args, get_origin

from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings

from moderation.settings import DeskSettings, KafkaSettings, Settings

_HEAD = """# Settings

Every setting is an environment variable. A name that starts with `MODERATION_` and is not in these tables is refused,
so that a misspelt one cannot be silently ignored. Options of the command line win over the environment.

This page is generated: `python -m moderation.settings_doc > docs/settings.md`.
"""


def markdown() -> str:
    """The whole page."""
    parts = [_HEAD]
    for title, model in (("Kafka", KafkaSettings), ("The review desk", DeskSettings), ("Everything else", Settings)):
        parts.append(f"\n## {title}\n\n| name | default | values | what it says |\n| --- | --- | --- | --- |\n")
        parts.extend(_rows(model))
    return "".join(parts)


def _rows(model: type[BaseSettings]) -> list[str]:
    rows = []
    for field, about in model.model_fields.items():
        name = f"{model.model_config['env_prefix']}{field.upper()}"
        default = "required" if about.default is PydanticUndefined else _value(about.default)
        rows.append(f"| `{name}` | {default} | {_values(about.annotation)} | {_cell(about.description or '')} |\n")
    return rows


def _value(value: object) -> str:
    if value is None:
        return "unset"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value.as_posix() if isinstance(value, Path) else value}`"


def _values(annotation: object) -> str:
    if get_origin(annotation) is Literal:
        return ", ".join(f"`{value}`" for value in get_args(annotation))
    kinds = {"str": "text", "SecretStr": "text, kept secret", "int": "whole number", "float": "number"}
    kinds |= {"bool": "`true`, `false`", "Path": "path"}
    names = [kind.__name__ for kind in get_args(annotation) or (annotation,) if isinstance(kind, type)]
    return ", ".join(kinds.get(name, name) for name in names if name != "NoneType")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


if __name__ == "__main__":
    print(markdown(), end="")
