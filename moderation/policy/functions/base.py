"""What a function of the condition language is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from moderation.policy.wording import Finder

Type = Literal["number", "string", "boolean"]


@dataclass(frozen=True, slots=True)
class Function:
    """One function. `exact` takes known values; `bounds` takes what is known of them (see `threevalued`).

    `parameters` are the types of the arguments; with `repeated`, the last may come any number of times more.
    `unit` demands numbers that are certainly between 0 and 1.
    """

    name: str
    parameters: tuple[Type, ...]
    result: Type
    exact: Callable[..., Any]
    bounds: Callable[..., Any]
    meaning: str
    repeated: bool = False
    unit: bool = False


@dataclass(frozen=True, slots=True)
class TextFunction:
    """A function that looks through the text of a post for the terms of a list: NAME(post.text, LIST).

    `finder` is made once per list; its result is all that a decision ever holds of the text. `refused` says what is
    wrong with a term, if anything.
    """

    name: str
    result: Literal["number", "boolean"]
    finder: Callable[[Sequence[str]], Finder]
    refused: Callable[[str], str | None]
    meaning: str
