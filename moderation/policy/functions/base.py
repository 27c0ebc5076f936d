"""What a function of the condition language is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

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
