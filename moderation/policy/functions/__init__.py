"""The functions that conditions may call: one file each, listed here. `known` is built in: it asks about a name."""

from moderation.policy.functions import absolute, lower, maximum, minimum, noisy_or
from moderation.policy.functions.base import Function, Type

FUNCTIONS: dict[str, Function] = {
    module.FUNCTION.name: module.FUNCTION for module in (absolute, lower, maximum, minimum, noisy_or)
}

KNOWN = "known"

__all__ = ["FUNCTIONS", "KNOWN", "Function", "Type"]
