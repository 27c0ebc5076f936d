"""The functions that conditions may call: one file each, listed here. `known` and `precision` are built in."""

from moderation.policy.functions import (
    absolute,
    any_domain,
    any_word,
    count_words,
    lower,
    maximum,
    minimum,
    noisy_or,
)
from moderation.policy.functions.base import Function, TextFunction, Type

FUNCTIONS: dict[str, Function] = {
    module.FUNCTION.name: module.FUNCTION for module in (absolute, lower, maximum, minimum, noisy_or)
}

TEXT_FUNCTIONS: dict[str, TextFunction] = {
    module.FUNCTION.name: module.FUNCTION for module in (any_domain, any_word, count_words)
}

KNOWN = "known"
PRECISION = "precision"

CALLABLE = (*FUNCTIONS, *TEXT_FUNCTIONS, KNOWN, PRECISION)
"""Every word that may stand before `(`."""

__all__ = ["CALLABLE", "FUNCTIONS", "KNOWN", "PRECISION", "TEXT_FUNCTIONS", "Function", "TextFunction", "Type"]
