"""What a bank is for: its `<name>.yaml`."""

from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from models.image.banks.hashing import FARTHEST
from moderation.errors import BankError
from moderation.taxonomy import Category

Kind = Literal["block", "allow"]


class Head(BaseModel):
    """`<name>.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind
    category: Category | None = None
    reason: str | None = Field(None, pattern=r"^[a-z][a-z0-9_-]{0,63}$")
    distance: int = Field(FARTHEST, ge=0, le=FARTHEST)
    description: str = ""

    @model_validator(mode="after")
    def _says_what_it_is_for(self) -> "Head":
        if self.category is not None and self.reason is not None:
            raise ValueError("either a category or a reason, not both")
        if self.kind == "block" and self.category is None and self.reason is None:
            raise ValueError(f"a block bank has a category ({', '.join(Category)}), or a reason of your own")
        return self

    @property
    def because(self) -> str:
        """Category or reason, '' where an allow bank has none."""
        return str(self.category or self.reason or "")


def read(path: Path) -> Head:
    """Of a bank's `.yaml` file. Raises `BankError` with file and line."""
    try:
        text = path.read_text(encoding="utf-8")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        content = yaml.safe_load(text)
    except FileNotFoundError:
        raise BankError(f"{path}: there is no such bank; `moderation hashes create` makes one") from None
    except (OSError, UnicodeDecodeError) as error:
        raise BankError(f"{path}: cannot be read: {error}") from None
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark is not None else ""
        raise BankError(f"{path}{line}: not YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise BankError(f"{path}: not YAML: {error}") from None
    if not isinstance(content, dict) or not isinstance(node, yaml.MappingNode):
        raise BankError(f"{path}:1: should say 'kind: block' or 'kind: allow', and what the bank is for")
    lines = {key.value: key.start_mark.line + 1 for key, _ in node.value}
    try:
        return Head.model_validate(content)
    except ValidationError as error:
        problems = [(lines.get(str(each["loc"][0]), 1) if each["loc"] else 1, wrong(each)) for each in error.errors()]
        raise BankError("\n".join(f"{path}:{line}: {said}" for line, said in problems)) from None


def wrong(problem: ErrorDetails) -> str:
    """What is wrong with a head, and what should stand there."""
    key = problem["loc"][0] if problem["loc"] else ""
    match problem["type"]:
        case "extra_forbidden":
            return f"unknown key '{key}'; known: {', '.join(Head.model_fields)}"
        case "missing":
            return f"'{key}' is missing"
        case "string_pattern_mismatch":
            return f"{key}: a word in small letters, with digits, '-' and '_' after the first, is due"
        case "value_error":
            return problem["msg"].removeprefix("Value error, ")
        case _:
            return f"{key}: {problem['msg']}"
