"""docs/models.md says what the manifest really is."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import yaml
from pydantic import BaseModel

from models.manifest import Bound, Budget, Calibration, Manifest, Pixels, Runtime, Tokenizer
from models.text.scorer import MAX_CHARACTERS
from models.text.tokens import MAX_WINDOWS
from moderation.settings import known_names

PAGE = (Path(__file__).parents[3] / "docs" / "models.md").read_text(encoding="utf-8")
PARTS = {"tokenizer": Tokenizer, "pixels": Pixels, "calibration": Calibration, "runtime": Runtime}


def fields(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name in model.model_fields:
        # A part whose own fields are all described needs a line of its own only if it may be absent.
        if name != "runtime":
            yield prefix + name
        if name in PARTS and not prefix:
            yield from fields(PARTS[name], f"{name}.")


def documented() -> list[str]:
    table = PAGE.split("## The manifest, line by line")[1].split("\n## ")[0]
    return [name for row in re.findall(r"^\| (`.+?) \|", table, re.M) for name in re.findall(r"`([^`]+)`", row)]


def test_every_field_of_the_manifest_has_its_line_and_no_other() -> None:
    assert sorted(documented()) == sorted(fields(Manifest))


def test_the_parts_of_the_manifest_are_the_documented_ones() -> None:
    found = {
        name
        for name, field in Manifest.model_fields.items()
        if any(part in (field.annotation, *get_args(field.annotation)) for part in PARTS.values())
    }
    assert found == set(PARTS)


def test_every_limit_of_the_gate_has_its_line_and_no_other() -> None:
    table = PAGE.split("### The gate")[1].split("\n## ")[0]
    lines = re.findall(r"^\| `(\w+)` \| `(\w+)` \|", table, re.M)
    limits = {"bounds": get_args(Bound), "budgets": get_args(Budget)}
    assert sorted(lines) == sorted((name, part) for part, names in limits.items() for name in names)


def test_the_examples_are_valid_manifests() -> None:
    examples = re.findall(r"```yaml\n(.+?)```", PAGE, re.S)
    given = [Manifest.model_validate(yaml.safe_load(example)) for example in examples]
    assert [(spec.name, spec.modality) for spec in given] == [("my-model@1", "text"), ("nsfw@1", "image")]


def test_the_settings_and_limits_named_are_the_real_ones() -> None:
    assert set(re.findall(r"MODERATION_[A-Z_]+", PAGE)) <= set(known_names())
    assert f"after {MAX_CHARACTERS:,} characters" in PAGE
    assert f"overlapping windows, {MAX_WINDOWS} at most" in PAGE


def test_the_places_named_exist() -> None:
    root = Path(__file__).parents[3]
    for path in re.findall(r"`((?:models|moderation|tests)/[\w/]+\.py)`", PAGE):
        assert (root / path).is_file(), path
