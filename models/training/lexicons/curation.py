"""What `models/lexicons/curation.yaml` says: our decisions about the terms of the sources."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from models.text.lexicon.terms import Scope
from moderation.errors import ConfigurationError
from moderation.taxonomy import LEXICON_CATEGORIES, Category

_HEAD = re.compile(rf"((?:{'|'.join(LEXICON_CATEGORIES)})(?:, (?:{'|'.join(LEXICON_CATEGORIES)}))*) ([01]\.\d\d)")


class Curation(BaseModel):
    """One language's part; the comments in the file explain every field."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    unassigned: Literal["keep", "drop", "inherit"] = "drop"
    terms: dict[str, list[str]] = Field(default_factory=dict)
    drop: list[str] = Field(default_factory=list)
    any: list[str] = Field(default_factory=list)
    unidentified: list[str] = Field(default_factory=list)
    language: list[str] = Field(default_factory=list)
    forms: dict[str, list[str]] = Field(default_factory=dict)
    exceptions: dict[str, list[str]] = Field(default_factory=dict)

    def assigned(self) -> Iterator[tuple[str, tuple[Category, ...], float]]:
        """Every term under `terms`. Raises `ConfigurationError` for a heading that cannot be read."""
        for head, terms in self.terms.items():
            match = _HEAD.fullmatch(head)
            if match is None or not 0 < float(match[2]) <= 1:
                raise ConfigurationError(
                    f"'{head}': write categories and a severity, such as 'hate, insult 0.70'; "
                    f"categories: {', '.join(LEXICON_CATEGORIES)}"
                )
            for term in terms:
                yield term, tuple(map(Category, match[1].split(", "))), float(match[2])

    def scopes(self) -> Iterator[tuple[str, Scope]]:
        """Every term whose scope is stated."""
        for terms, scope in (
            (self.language, Scope.LANGUAGE),
            (self.unidentified, Scope.UNIDENTIFIED),
            (self.any, Scope.ANY),
        ):
            yield from ((term, scope) for term in terms)


def load(path: Path) -> dict[str, Curation]:
    """Language -> its part. Raises `ConfigurationError`."""
    try:
        return TypeAdapter(dict[str, Curation]).validate_python(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error}") from error
    except (yaml.YAMLError, ValidationError) as error:
        raise ConfigurationError(f"{path}: {error}") from error
